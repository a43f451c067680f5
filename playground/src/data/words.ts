import { dictionary } from "../shell/language.js";

/** The names of the data. */
export const say = dictionary(
  {
    moons: "Two moons",
    circles: "Circles",
    spirals: "Two spirals",
    xor: "Exclusive or",
    blobs: "Three clouds",
    sine: "A sine",
    waves: "Waves",
    step: "Steps",
    kink: "A kink",
    digits: "Handwritten digits",
  },
  {
    moons: "双月",
    circles: "同心圆",
    spirals: "双螺旋",
    xor: "异或",
    blobs: "三团云",
    sine: "正弦",
    waves: "波浪",
    step: "台阶",
    kink: "折线",
    digits: "手写数字",
  },
);
