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
    whyPlain:
      "{names}: every step is the rate times the gradient. Across a narrow valley the gradient is large, so the rate must be small; along it, it is small, and so are the steps.",
    whyMomentum:
      "{names}: steps that agree add up, those that go to and fro cancel. It is faster along a valley, and swings through bends.",
    whyAdaptive:
      "{names}: each parameter's gradient is divided by its own recent size, so steps along a valley are about as long as across. Near the minimum they hardly shrink unless the rate does.",
    whyAdagrad:
      "{names}: each parameter's gradient is divided by the root of all its squares so far, so steps only get shorter.",
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
    whyPlain:
      "{names}：每一步是学习率乘以梯度。横穿狭窄山谷的方向上梯度大，学习率只能取小；沿谷底的方向上梯度小，步子也就小。",
    whyMomentum: "{names}：方向一致的步子会累加，来回摆动的会抵消。沿山谷走得更快，转弯时会荡过头。",
    whyAdaptive:
      "{names}：每个参数的梯度都除以它自己近期的大小，所以沿谷底和横穿山谷的步子差不多一样长；除非学习率减小，在极小值附近步子也几乎不变短。",
    whyAdagrad: "{names}：每个参数的梯度都除以它至今所有平方之和的平方根，所以步子只会越来越短。",
    gradients: "{n} 次梯度",
    allRows: "不起作用：这个优化器每次更新都用全部数据。",
  },
);
