import { dictionary } from "../../shell/language.js";

export const say = dictionary(
  {
    title: "See optimizers race and gradients vanish",
    lead: "Four rooms to find out why a neural network learns, or does not. Every curve is trained here, in your browser, by downhill.",
    race: "Up to eight optimizers from the same start, on a surface and on a real network.",
    train: "Build a network, choose data or bring your own, and watch it learn.",
    doctor: "Make a network too deep, see its gradients vanish, and try the remedies.",
    rate: "Find a learning rate on a curve, and drag schedules into shape.",
  },
  {
    title: "看优化器竞速，看梯度消失",
    lead: "四个房间，弄清神经网络为什么学得会、为什么学不会。每条曲线都由 downhill 在你的浏览器里当场训练出来。",
    race: "最多八个优化器从同一点出发，在曲面上，也在真实网络上。",
    train: "搭建网络，选择数据，或用自己的表格，看它怎样学习。",
    doctor: "把网络加深，看梯度消失，再试试各种对策。",
    rate: "在曲线上找到学习率，把学习率调度拖成想要的形状。",
  },
);
