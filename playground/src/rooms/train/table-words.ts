/** What is wrong with a table, as the page says it. */

import { dictionary, language } from "../../shell/language.js";
import { TableError } from "./table.js";

const say = dictionary(
  {
    fewColumns:
      "It has fewer than two columns. The first line must hold their names, and there must be one to predict.",
    noFeatures: "No column is left to predict from: choose at least one.",
    fewRows: "It has {rows} rows; at least {least} are needed to learn from some and test with the others.",
    oneClass: "Every row has the same value “{name}” in “{target}”: there is nothing to tell apart.",
  },
  {
    fewColumns: "它不到两列。第一行必须是列名，并且要有一列可以预测。",
    noFeatures: "没有可以用来预测的列：请至少选一列。",
    fewRows: "它只有 {rows} 行；至少要有 {least} 行，才能用一部分学习、用其余的测试。",
    oneClass: "每一行的“{target}”都是“{name}”：没有什么可以区分。",
  },
);

/** What the library says of a file, in Chinese. */
const sentences: readonly (readonly [english: RegExp, chinese: string])[] = [
  [/^CSV: /, ""],
  [/line (\d+), column (\d+): /, "第 $1 行第 $2 个字符："],
  [/expected a number for (".*?"), got (".*?")(; is the column categorical\?)?/, "$1 应为数字，却是 $2"],
  [/expected (\d+) fields, got (\d+)/, "应有 $1 个字段，却有 $2 个"],
  [/no value for (".*?")(; see .*)?$/, "$1 没有值；请在下面选择怎样处理缺失值"],
  [/an empty line; they are ignored at the end only/, "空行；只有末尾的空行会被忽略"],
  [/a second column named (".*")/, "又有一列叫 $1"],
  [/(\S+) is too large for a 32-bit float/, "$1 对 32 位浮点数来说太大"],
  [/the quote that opens here is never closed/, "这里开始的引号没有结束"],
  [/no rows of data/, "没有数据行"],
];

/** Why a table cannot be used. */
export function tableTrouble(error: unknown): string {
  if (error instanceof TableError) return say(error.why, error.about);
  const message = error instanceof Error ? error.message : String(error);
  if (language.value === "zh")
    return sentences.reduce((text, [english, chinese]) => text.replace(english, chinese), message);
  // The library speaks of its option; here it is a field.
  return message.replace(/; see the option missing: .*$/, "; choose below what to do about missing values");
}
