/** The library's advice in Chinese. It comes as English sentences with the report's numbers in them; here they move over. */

const number = "([\\d.e+-]+?|-?Infinity|NaN)";
const name = "([\\w.]+?)";
const numbers = "([\\d, ]+?)";

/** English, with `N` for a number, `M` for several and `L` for a name; Chinese, with `$1`, `$2`, … for them in order. */
const sentences: readonly (readonly [english: string, chinese: string])[] = [
  [
    "Initialise the kernels of the hidden layers with L and their biases with zeros.",
    "用 $1 初始化隐藏层的权重，偏置取零。",
  ],
  ["Initialise the kernels of the hidden layers with L.", "用 $1 初始化隐藏层的权重。"],
  ["Initialise the kernel of the output layer with L and its bias with zeros.", "用 $1 初始化输出层的权重，偏置取零。"],
  ["Replace sgd by adam with a learning rate of N.", "用 adam 代替 sgd，学习率 $1。"],
  ["Replace L by L in the hidden layers.", "把隐藏层的 $1 换成 $2。"],
  [
    "Put a layerNormalization between product and activation of each hidden layer.",
    "在每个隐藏层的乘积与激活之间加一层 layerNormalization。",
  ],
  [
    "Put a residual block around each hidden layer that keeps the width, with a layerNormalization in front of it.",
    "给每个宽度不变的隐藏层套上残差块，块内先做 layerNormalization。",
  ],
  [
    "Clip the gradient by its global norm: gradient: [clipByGlobalNorm(1)].",
    "按全局范数裁剪梯度：clipByGlobalNorm(1)。",
  ],
  ["Lower the learning rate from N to N.", "把学习率从 $1 降到 $2。"],
  ["Warm up to a learning rate of N within 100 updates.", "用 100 步把学习率预热到 $1。"],
  ["Let weights decay: weightDecay 0.01.", "让权重衰减：weightDecay 0.01。"],
  [
    "Bound the incoming weights of every hidden unit: kernelConstraint: maxNorm({ maxValue: N }).",
    "限制每个隐藏单元输入权重的范数：maxNorm({ maxValue: $1 })。",
  ],
  [
    "Normalise the inputs: a normalization layer with these means and deviations in front.",
    "把输入标准化：在最前面加一层 normalization，用测得的均值和标准差。",
  ],
  [
    "Normalise the inputs by median and quartiles and bound them: a normalization layer and a softsign activation in front.",
    "按中位数和四分位数标准化输入并加以限制：在最前面加一层 normalization 和 softsign 激活。",
  ],
  ["Put a batchNormalization in front.", "在最前面加一层 batchNormalization。"],
  [
    "Kernels whose deviation suits L keep signals and gradients the same size from layer to layer: in L it is N, and N would suit it, biases start at 0.",
    "标准差适合 $1 的权重让信号和梯度逐层保持大小：$2 的标准差是 $3，合适的是 $4；偏置从 0 开始。",
  ],
  [
    "Kernels whose deviation suits L keep signals and gradients the same size from layer to layer: in L it is N, and N would suit it.",
    "标准差适合 $1 的权重让信号和梯度逐层保持大小：$2 的标准差是 $3，合适的是 $4。",
  ],
  [
    "The L of L have a deviation of N: N % of the answers are certain before anything is learned, and wrong. A kernel and bias that start small let it begin undecided.",
    "$2 的输出标准差为 $3：什么都没学，$4 % 的回答就已经十分肯定，而且是错的。从小的权重和偏置开始，网络起初就不会武断。",
  ],
  [
    "Each layer of L, whose slope is 1/4 at most, shrinks what passes through it: of the gradient at L a share of N reaches L. The slope of relu is 1 for every active unit.",
    "$1 的斜率最多 1/4，每一层都会缩小经过它的梯度：$2 处的梯度只有 $3 传到 $4。relu 在激活的单元上斜率是 1。",
  ],
  [
    "Each layer of L shrinks what passes through it: of the gradient at L a share of N reaches L. The slope of relu is 1 for every active unit.",
    "每一层 $1 都会缩小经过它的梯度：$2 处的梯度只有 $3 传到 $4。relu 在激活的单元上斜率是 1。",
  ],
  [
    "The slope of leakyRelu for negative sums is small but not 0: no unit can die for good.",
    "leakyRelu 在负数一侧的斜率虽小但不为 0：没有单元会永远死去。",
  ],
  [
    "Normalisation holds every hidden layer's sums at mean 0 and deviation 1, whatever the layers before do.",
    "无论前面的层做了什么，归一化都让每个隐藏层的加权和保持均值 0、标准差 1。",
  ],
  [
    "The identity beside each of these N layers lets the gradient through undiminished, however deep the network; the normalisation inside keeps the sums of many blocks in bounds.",
    "这 $1 层旁边的恒等通路让梯度不减弱地通过，无论网络多深；块内的归一化让许多块之和不会失控。",
  ],
  [
    "A single huge gradient throws all weights far away; clipping keeps its direction and bounds its length.",
    "一个巨大的梯度会把所有权重抛到远处；裁剪保留方向，限制长度。",
  ],
  [
    "Ten rehearsed updates from fresh weights take the loss from N to N at the present rate, and to N at N, the best of N tried; the rate proposed is the next lower one, since small batches are noisier.",
    "从新权重试走十步：按现在的学习率，损失从 $1 到 $2；按 $4（试过的 $5 个里最好的）到 $3。小批量噪声更大，所以建议再低一档。",
  ],
  [
    "Ten rehearsed updates from fresh weights overflow at the present rate and at each of N lower ones, down to N; the rate proposed is below all of them.",
    "从新权重试走十步：现在的学习率和更低的 $1 个（直到 $2）都会溢出，所以建议比它们更低。",
  ],
  [
    "The present rate of N is too high for the first updates above all, when the curvature is largest and the optimizer's averages are empty.",
    "现在的学习率 $1 对最初几步尤其太高：那时曲率最大，优化器的滑动平均还是空的。",
  ],
  [
    "One rate cannot suit kernels whose gradients range from N to N: adam scales every weight's step by its own gradients.",
    "各层梯度从 $1 到 $2 不等，一个学习率不可能都合适：adam 按每个权重自己的梯度缩放它的步长。",
  ],
  [
    "One rate cannot suit kernels whose gradients overflow: adam scales every weight's step by its own gradients.",
    "梯度已经溢出，一个学习率不可能都合适：adam 按每个权重自己的梯度缩放它的步长。",
  ],
  [
    "Sums saturate because weights are large; decay pulls back those that the loss does not need.",
    "加权和饱和是因为权重太大；衰减会把损失不需要的权重拉回来。",
  ],
  [
    "Sums saturate because weights are large: a unit of L has a norm of about N. A constraint cuts it back after every update.",
    "加权和饱和是因为权重太大：$1 的单元范数约为 $2。约束在每一步之后把它截短。",
  ],
  [
    "Column N of the inputs has mean N and deviation N: the gradients of its weights have that scale, too, and no rate suits them beside the others. A normalization layer with the measured means and deviations gives every column mean 0 and deviation 1.",
    "输入的第 $1 列均值为 $2，标准差为 $3：它的权重的梯度也有这样的尺度，没有哪个学习率能同时适合它们和其他权重。用测得的均值和标准差做 normalization，每一列就都是均值 0、标准差 1。",
  ],
  [
    "Column N of the inputs has mean N and deviation N, but its middle half is far narrower: a few rows of column M are outliers (check them: unit, typing error, code for a missing value?). The normalization layer measures by median and quartiles, which they do not move, and the activation softsign bounds them.",
    "输入的第 $1 列均值为 $2，标准差为 $3，但中间一半窄得多：第 $4 列有几行是离群值（请检查：单位、录入错误、缺失值代码？）。normalization 层用中位数和四分位数，不受它们影响，softsign 激活再把它们限制住。",
  ],
  // Why a training diverged, and the remedies of that alone.
  [
    "The inputs are not scaled, or one is wrong: the largest is N (row N, column N).",
    "输入没有缩放，或者有一个是错的：最大的是 $1（第 $2 行，第 $3 列）。",
  ],
  [
    "The targets are not scaled, or one is wrong: the largest is N (row N).",
    "目标没有缩放，或者有一个是错的：最大的是 $1（第 $2 行）。",
  ],
  ["The learning rate, N, is too high: the update overflowed at once.", "学习率 $1 太高：一步更新就溢出了。"],
  [
    "The learning rate, N, is too high: the loss went from N to N, and the largest weight is N.",
    "学习率 $1 太高：损失从 $2 变成 $3，最大的权重是 $4。",
  ],
  [
    "The gradient explodes on its way back through the layers: at the first step.",
    "梯度在往回穿过各层时爆炸：第一步就是这样。",
  ],
  [
    "The gradient explodes on its way back through the layers: its norm was N at the first update.",
    "梯度在往回穿过各层时爆炸：第一次更新时范数就是 $1。",
  ],
  [
    "The update overflowed, though rate and gradient are ordinary: an epsilon near 0 divides by nothing.",
    "学习率和梯度都正常，更新却溢出了：接近 0 的 epsilon 等于除以零。",
  ],
  [
    "A number left the range of 32-bit floats on its way forward: the largest weight is N.",
    "前向计算时有数超出了 32 位浮点数的范围：最大的权重是 $1。",
  ],
  [
    "Scale the targets (standardScaler), and scale predictions back (inverseTransform).",
    "缩放目标（standardScaler），再把预测缩放回来（inverseTransform）。",
  ],
  [
    "Standardise the inputs (standardScaler), or put batchNormalization() in front; look for wrong rows.",
    "把输入标准化（standardScaler），或在最前面加 batchNormalization()；再找找有没有错误的行。",
  ],
  [
    "Draw the kernels by heNormal() before relu and its relatives, else by glorotUniform().",
    "relu 及其同类之前的权重用 heNormal() 初始化，其他用 glorotUniform()。",
  ],
  ["Raise epsilon to 1e-8.", "把 epsilon 提高到 1e-8。"],
  // Settings that contradict one another.
  ["optimizer: nesterov needs a momentum > 0", "nesterov 需要大于 0 的 momentum"],
  ["optimizer: nesterov needs dampening 0, got N", "nesterov 需要 dampening 为 0，现在是 $1"],
  [
    'optimizer: nesterov needs the form "torch" or "keras", got "ema"',
    'nesterov 需要 form 为 "torch" 或 "keras"，现在是 "ema"',
  ],
  [
    "Batch normalisation of the inputs measures them as training goes on, where they are not known beforehand.",
    "输入事先未知时，批归一化在训练过程中测量它们。",
  ],
];

const rules = sentences.map(([english, chinese]) => {
  const pattern = english
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\bN\b/g, number)
    .replace(/\bM\b/g, numbers)
    .replace(/\bL\b/g, name);
  return [new RegExp(`${pattern}(?=\\s|$)`, "g"), chinese] as const;
});

/** Sentences that are known in Chinese, one after the other; others stay as they are. */
export function inChinese(text: string): string {
  const moved = rules.reduce((sum, [pattern, chinese]) => sum.replace(pattern, chinese), text);
  return moved.replace(/(?<=。) +/g, "");
}
