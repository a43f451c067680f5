/** All schedules as curves; the chosen one has handles that are dragged, or moved by arrow keys. */

import { signal } from "@preact/signals";
import { short } from "../../canvas/scale.js";
import { type Axes, type Chart, LineChart } from "../../chart/line-chart.js";
import { dragged, handlesOf, type PlacedHandle } from "../../schedules/table.js";
import { say as sayOfTraining } from "../../training/words.js";
import { Choice, Panel } from "../../ui/fields.js";
import { rate } from "./experiment.js";
import { preview, updates } from "./results.js";
import { nameOf } from "./schedule-names.js";
import { say } from "./words.js";

/** How far a handle reaches below the axis that it stands on. */
const handleReach = 12;

/** Which schedule has handles. */
export const edited = signal(1);

/** Axes hold still while a handle is dragged, or it would run away from the pointer. */
const held = signal<Axes | undefined>(undefined);

export const editedNow = (): number => Math.min(edited.value, rate.now.value.schedules.length - 1);

export function SchedulePanel() {
  const { schedules, scale } = rate.now.value;
  return (
    <Panel
      title={say("schedules")}
      class="track"
      tools={
        <Choice
          label={say("scale")}
          value={scale}
          options={[
            ["linear", say("linear")],
            ["log", say("log")],
          ]}
          onChange={(value) => rate.change({ scale: value })}
        />
      }
    >
      <LineChart
        label={say("scheduleLabel", { n: schedules.length })}
        chart={chart}
        height={330}
        readingOf={(at) => say("atUpdate", { n: Math.round(at) })}
        over={(axes) => <Handles axes={axes} />}
      />
      <p class="hint">{say("scheduleHint")}</p>
    </Panel>
  );
}

function chart(): Chart {
  const { schedules, scale } = rate.now.value;
  const all = preview.value.slice(0, schedules.length);
  const lines = all.flatMap((rates, i) => {
    if (typeof rates === "string") return [];
    const x = Float64Array.from(rates, (_, step) => step);
    return [{ name: nameOf(schedules, i), colour: i, x, y: rates, bold: i === editedNow() }];
  });
  const axes = held.value;
  const highest = lines.reduce((most, { y }) => y.reduce((a, b) => Math.max(a, b), most), 0) || 0.01;
  const yRange: readonly [number, number] =
    axes !== undefined
      ? [axes.y.low, axes.y.high]
      : scale === "log"
        ? [highest / 1e3, highest * 1.5]
        : [0, highest * 1.08];
  return {
    lines,
    xKind: "linear",
    yKind: scale,
    xName: sayOfTraining("updates"),
    yName: say("learningRate"),
    xRange: [0, updates.value],
    yRange,
    gap: handleReach,
  };
}

function Handles({ axes }: { readonly axes: Axes }) {
  const at = editedNow();
  const schedule = rate.now.value.schedules[at];
  if (schedule === undefined) return null;
  return (
    <>
      {handlesOf(schedule).map((placed, i) => (
        <HandleButton key={`${at} ${i}`} axes={axes} placed={placed} at={at} number={i + 1} />
      ))}
    </>
  );
}

interface HandleProps {
  readonly axes: Axes;
  readonly placed: PlacedHandle;
  /** which schedule */
  readonly at: number;
  /** which of its handles, from 1 */
  readonly number: number;
}

const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

function HandleButton({ axes, placed, at, number }: HandleProps) {
  const { handle, update, rate: height } = placed;
  const x = within(axes.x.place(update), axes.left, axes.right);
  const y = within(axes.y.place(Math.max(height, axes.y.low)), axes.top, axes.bottom);
  const move = (px: number, py: number) => {
    const { schedules } = rate.now.value;
    const to = [axes.fromX(within(px, axes.left, axes.right)), axes.fromY(within(py, axes.top, axes.bottom))] as const;
    rate.change({
      schedules: schedules.map((each, i) => {
        if (i !== at) return each;
        return dragged(
          each,
          handle,
          handle.across === undefined ? update : to[0],
          handle.up === undefined ? height : to[1],
        );
      }),
    });
  };
  const onPointer = (event: PointerEvent) => {
    const button = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") {
      button.setPointerCapture(event.pointerId);
      held.value = axes;
    } else if (event.type === "pointermove") {
      if (held.value === undefined || !button.hasPointerCapture(event.pointerId)) return;
      const stage = (button.offsetParent as HTMLElement).getBoundingClientRect();
      move(event.clientX - stage.left, event.clientY - stage.top);
    } else held.value = undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 20 : 4;
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-by, 0],
      ArrowRight: [by, 0],
      ArrowUp: [0, -by],
      ArrowDown: [0, by],
    };
    const step = moves[event.key];
    if (step === undefined) return;
    event.preventDefault();
    held.value = axes;
    move(x + step[0], y + step[1]);
  };
  const says = say("handleAt", { update: Math.round(update), rate: short(height) });
  return (
    <button
      type="button"
      class={`handle s${at}${handle.up === undefined ? " across" : handle.across === undefined ? " up" : ""}`}
      style={{ left: `${x}px`, top: `${y}px` }}
      aria-label={`${say("handle", { n: number, name: nameOf(rate.now.value.schedules, at) })}: ${says}`}
      title={says}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onPointerUp={onPointer}
      onPointerCancel={onPointer}
      onKeyDown={onKeyDown}
      onBlur={() => {
        held.value = undefined;
      }}
    />
  );
}
