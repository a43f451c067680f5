import { dictionary } from "../shell/language.js";

export const say = dictionary(
  {
    play: "Play",
    pause: "Pause",
    step: "One step",
    replay: "Replay",
    speed: "Speed",
    times: "{n}×",
  },
  {
    play: "播放",
    pause: "暂停",
    step: "走一步",
    replay: "重放",
    speed: "速度",
    times: "{n} 倍",
  },
);
