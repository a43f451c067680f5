import { dictionary } from "../shell/language.js";

/** What the doctor finds, and the normalisations. */
export const say = dictionary(
  {
    vanishing: "Vanishing gradient",
    exploding: "Exploding gradient",
    dead: "Dead units",
    saturated: "Saturated units",
    inputsUnscaled: "Inputs not scaled",
    learningRateTooHigh: "Learning rate too high",
    healthy: "Healthy",
    normalization: "Normalisation",
    none: "none",
    layer: "layer",
    batch: "batch",
  },
  {
    vanishing: "梯度消失",
    exploding: "梯度爆炸",
    dead: "神经元死亡",
    saturated: "神经元饱和",
    inputsUnscaled: "输入未缩放",
    learningRateTooHigh: "学习率太高",
    healthy: "健康",
    normalization: "归一化",
    none: "无",
    layer: "层归一化",
    batch: "批归一化",
  },
);
