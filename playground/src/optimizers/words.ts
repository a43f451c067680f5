import { dictionary } from "../shell/language.js";

export const say = dictionary(
  {
    around: "Around it",
    none: "nothing",
    sam: "SAM: the gradient from uphill",
    lookahead: "Lookahead: slow weights follow",
    ema: "An average of the weights (EMA)",
    defaults: "Defaults",
    noteSam: "SAM takes two gradients a step: one where it stands, and one a little uphill from there.",
    noteAverage:
      "Where an average stands around a rule, the averaged weights count: their value on the surface, and their loss on all data at the end of each epoch.",
    noteFullBatch: "{names}: all data at every update, one update an epoch, whatever the batch size.",
    noteLbfgs:
      "L-BFGS searches along lines: a step on the surface is one iteration of one or more gradients; an update of the network is up to maxIterations of them.",
    gradients: "{n} gradients",
    allRows: "Not used: this optimizer takes all data at every update.",
  },
  {
    around: "外层",
    none: "无",
    sam: "SAM：取附近上坡处的梯度",
    lookahead: "Lookahead：慢权重跟随",
    ema: "权重的滑动平均（EMA）",
    defaults: "恢复默认值",
    noteSam: "SAM 每步取两次梯度：一次在原处，一次在稍微上坡处。",
    noteAverage: "外层是平均时，比较的是平均后的权重：它们在曲面上的函数值，以及每轮结束时在全部数据上的损失。",
    noteFullBatch: "{names}：每次更新都用全部数据，每轮一次更新，与批量大小无关。",
    noteLbfgs:
      "L-BFGS 沿直线搜索：曲面上的一步是一次迭代，取一次或多次梯度；网络的一次更新最多有 maxIterations 次迭代。",
    gradients: "{n} 次梯度",
    allRows: "不起作用：这个优化器每次更新都用全部数据。",
  },
);
