import { dictionary } from "../shell/language.js";

export const say = dictionary(
  {
    data: "Data",
    curve: "Regression with noise",
    hidden: "Units per layer",
    batch: "Batch size",
    epochs: "Epochs",
    seeds: "Seeds",
    seed: "First seed",
    updates: "updates",
    loss: "loss",
    band: "Line: mean over the seeds. Band: from the best to the worst.",
    keys: "Arrow keys move the reading line.",
    diverged: "diverged",
    runsDiverged: "{n} of {all} diverged",
  },
  {
    data: "数据",
    curve: "带噪声的回归",
    hidden: "每层单元数",
    batch: "批量大小",
    epochs: "轮数",
    seeds: "种子个数",
    seed: "第一个种子",
    updates: "更新次数",
    loss: "损失",
    band: "线：各种子的均值。带：从最好到最差。",
    keys: "方向键移动读数线。",
    diverged: "发散",
    runsDiverged: "{all} 次中有 {n} 次发散",
  },
);
