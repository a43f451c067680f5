/** What links should say where they say something else, in the language of the page. */

import { language } from "./language.js";

const sentences: readonly (readonly [english: RegExp, chinese: string])[] = [
  [/^a number from (\S+) to (\S+)$/, " $1 到 $2 之间的数"],
  [/^a whole number from (\S+) to (\S+)$/, " $1 到 $2 之间的整数"],
  [/^(\d+) to (\d+) parts$/, " $1 到 $2 个部分"],
  [/^at most (\d+) characters$/, "至多 $1 个字符"],
  [/^a setting of (\S+)$/, " $1 的某个设置"],
  [/^1 or 0$/, " 1 或 0"],
  [/^one of (.*)$/, "其中之一：$1"],
  [/^percent signs that stand for bytes$/, "表示字节的百分号"],
];

/** @param text what the codec says it expected */
export function expectedOf(text: string): string {
  if (language.value === "en") return text;
  const found = sentences.find(([english]) => english.test(text));
  // All names that a link may have.
  return found === undefined ? `其中之一：${text}` : text.replace(...found);
}
