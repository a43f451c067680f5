import { short } from "../canvas/scale.js";
import { readable } from "../network/readable.js";
import { type Course, type End, endOf } from "./courses.js";
import { say } from "./words.js";

interface EndProps {
  readonly course: Course;
  /** of all lanes: the best is marked */
  readonly all: readonly End[];
}

/** The last loss of a lane, or what happened instead. */
export function EndOf({ course, all }: EndProps) {
  const { loss, diverged, runs } = endOf(course);
  if (course.refused !== undefined) return <span class="bad">{readable(course.refused, [])}</span>;
  if (diverged > 0) return <span class="bad">{say("runsDiverged", { n: diverged, all: runs })}</span>;
  if (loss === undefined) return null;
  const best = Math.min(...all.map((end) => end.loss ?? Number.POSITIVE_INFINITY));
  return <span class={loss === best && all.length > 1 ? "best" : ""}>{short(loss)}</span>;
}
