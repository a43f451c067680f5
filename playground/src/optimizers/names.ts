/** Settings of optimizers and schedules by name: the library's own, in Chinese with what it means before it. */

import { language } from "../shell/language.js";

/** In Chinese. */
export const meanings: Readonly<Record<string, string>> = {
  alpha: "衰减的幂次",
  amsgrad: "取最大的二阶矩",
  "betas.0": "梯度均值衰减率",
  "betas.1": "梯度差均值衰减率",
  "betas.2": "平方均值衰减率",
  beta1: "一阶矩衰减率",
  beta2: "二阶矩衰减率",
  beta2Decay: "二阶矩衰减指数",
  biasCorrection: "偏差修正",
  centered: "减去均值",
  clippingThreshold: "裁剪阈值",
  cycleMomentum: "动量随之循环",
  d0: "距离的初始估计",
  dCoefficient: "距离估计的倍数",
  dampening: "阻尼",
  decay: "衰减率",
  decaySteps: "衰减步数",
  end: "终值",
  epsilon: "数值稳定项",
  epsilon1: "平方的下限",
  epsilon2: "尺度的下限",
  epsilonHat: "ε 不做偏差修正",
  epsilonInside: "ε 在根号内",
  "etas.0": "缩小倍数",
  "etas.1": "放大倍数",
  factor: "倍数",
  form: "动量的形式",
  growth: "周期增长倍数",
  historySize: "历史长度",
  initial: "初始值",
  initialAccumulator: "累积量初值",
  k: "同步间隔",
  lambda: "学习率衰减项",
  learningRateDecay: "学习率衰减",
  lineSearch: "线搜索",
  max: "最大值",
  maxIterations: "最多迭代次数",
  momentum: "动量",
  momentumDecay: "动量衰减",
  nesterov: "Nesterov 动量",
  period: "周期",
  policy: "波形",
  power: "幂次",
  r: "平均的幂次",
  rate: "衰减率",
  rho: "平方均值衰减率",
  rise: "上升占比",
  safeguardWarmup: "预热时保守估计",
  shape: "下降的形状",
  stableSteps: "平稳步数",
  staircase: "阶梯状",
  steps: "步数",
  "stepSizes.0": "最小步长",
  "stepSizes.1": "最大步长",
  t0: "开始平均的步数",
  toleranceChange: "变化容差",
  toleranceGradient: "梯度容差",
  trustCoefficient: "信任系数",
  warmup: "预热步数",
  warmupSteps: "预热步数",
  weightDecay: "权重衰减",
  weightPower: "权重幂次",
};

/** Those that mean something else there. */
const elsewhere: Readonly<Record<string, string>> = {
  "sam.rho": "邻域半径",
  "lookahead.alpha": "慢权重的步长",
  "constantRate.rate": "学习率",
  "exponentialDecay.rate": "每段的倍数",
  "cosineRestarts.decay": "每周期峰值的倍数",
  "cosineRestarts.period": "首个周期",
  "inverseSquareRoot.steps": "时间尺度",
  "cyclical.steps": "半个周期",
  "stepDecay.steps": "每段步数",
};

/** What a field calls a setting of `of`: its name in the library, which is what one writes; in Chinese after its meaning. */
export function settingName(setting: string, of: string): { readonly label: string; readonly code?: string } {
  const meaning = language.value === "zh" ? (elsewhere[`${of}.${setting}`] ?? meanings[setting]) : undefined;
  return meaning === undefined ? { label: setting } : { label: meaning, code: setting };
}
