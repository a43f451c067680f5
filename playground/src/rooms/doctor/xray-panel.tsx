/** The look through the layers, as the network is, and beside it with the advice that is tried. */

import { computed, signal } from "@preact/signals";
import { logScale, short } from "../../canvas/scale.js";
import { drawXray, type LayerView, layerAt, type Xray } from "../../canvas/xray.js";
import { quantityNames, quantityOf } from "../../network/columns.js";
import { Canvas } from "../../ui/canvas.js";
import { Panel } from "../../ui/fields.js";
import { Scrolling } from "../../ui/scrolling.js";
import { type BarName, barNames, doctor } from "./experiment.js";
import type { Moment } from "./jobs.js";
import { type Film, momentAt, present, trial, untreated } from "./results.js";
import { say } from "./words.js";

/** Beyond this factor the doctor calls a gradient vanishing or exploding. */
const trend = 1000;

export const columnCount = ({ numbers }: Moment): number => numbers.length / quantityNames.length;

/** A layer that is pointed at, in both looks alike. */
const selected = signal<number | undefined>(undefined);

function* barsOf({ moments }: Film, bars: BarName): Generator<number> {
  for (const moment of moments) {
    for (let i = 0; i < columnCount(moment); i++) yield quantityOf(moment.numbers, i, bars);
  }
}

/** Scales over both films from end to end: nothing jumps while they run, and both can be compared. */
const range = computed(() => {
  const { bars } = doctor.now.value;
  return logScale([...barsOf(untreated.value, bars), ...barsOf(trial.value, bars)], 0, 1, 4);
});
const spread = computed(() => {
  let [low, high] = [-0.1, 0.1];
  for (const { histograms } of [...untreated.value.moments, ...trial.value.moments]) {
    low = Math.min(low, histograms.low);
    high = Math.max(high, histograms.high);
  }
  return { low, high };
});

/** Of a moment the gradients within which it is healthy. */
function bandOf(moment: Moment): readonly [number, number] | undefined {
  if (doctor.now.value.bars !== "gradientNorm") return undefined;
  const last = quantityOf(moment.numbers, Math.max(0, columnCount(moment) - 2), "gradientNorm");
  return last > 0 ? [last / trend, last * trend] : undefined;
}

function viewOf(moment: Moment): Xray {
  const { numbers, histograms } = moment;
  const { bars } = doctor.now.value;
  const layers = Array.from(
    { length: columnCount(moment) },
    (_, i): LayerView => ({
      name: String(i + 1),
      bar: quantityOf(numbers, i, bars),
      dead: quantityOf(numbers, i, "deadFraction"),
      saturated: quantityOf(numbers, i, "saturatedFraction"),
    }),
  );
  return {
    layers,
    histograms,
    spread: spread.value,
    range: range.value,
    band: bandOf(moment),
    selected: selected.value,
    words: {
      bars: say(bars),
      activations: say("activations"),
      dead: say("deadShort"),
      saturated: say("saturatedShort"),
      layer: say("layerShort"),
      back: bars === "gradientNorm" ? say("back") : "",
      band: say("band"),
    },
  };
}

export function XrayPanel() {
  const { bars, tried } = doctor.now.value;
  return (
    <Panel
      title={say("inside")}
      tools={
        <label class="inline">
          <span>{say("show")}</span>
          <select
            value={bars}
            onChange={({ currentTarget }) => doctor.change({ bars: currentTarget.value as BarName })}
          >
            {barNames.map((name) => (
              <option key={name} value={name}>
                {say(name)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <div class={tried.length > 0 ? "sides two" : "sides"}>
        <Side name={say("before")} colour={0} film={untreated} isAlone={tried.length === 0} />
        {tried.length > 0 ? <Side name={say("after")} colour={1} film={trial} isAlone={false} /> : null}
      </div>
      <p class="hint">{say("bandHint")}</p>
      <Table />
    </Panel>
  );
}

interface SideProps {
  readonly name: string;
  readonly colour: number;
  readonly film: typeof untreated;
  readonly isAlone: boolean;
}

function Side({ name, colour, film, isAlone }: SideProps) {
  // Only what a label says of the moment: the drawing itself follows the signals without this view.
  const first = film.value.moments[0];
  const count = first === undefined ? 0 : columnCount(first);
  const gradient = (i: number) => (first === undefined ? "–" : short(quantityOf(first.numbers, i, "gradientNorm")));
  const label = say("xrayLabel", { name, n: count, first: gradient(0), last: gradient(Math.max(0, count - 2)) });
  return (
    <div class="side">
      {isAlone ? null : (
        <h3>
          <span class={`chip s${colour}`} aria-hidden="true" />
          {name}
        </h3>
      )}
      <Canvas
        class="xray"
        label={label}
        draw={(surface, palette) => {
          const moment = momentAt(film.value, present.value);
          if (moment !== undefined) drawXray(surface, viewOf(moment), palette);
        }}
        onPointer={(event, { x }) => {
          const width = (event.currentTarget as HTMLElement).clientWidth;
          selected.value = event.type === "pointerleave" ? undefined : layerAt(x, width, count);
        }}
        onKey={(event) => {
          const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (event.key === "Escape") selected.value = undefined;
          if (move === undefined || count === 0) return;
          event.preventDefault();
          const from = selected.value ?? (move > 0 ? -1 : count);
          selected.value = Math.max(0, Math.min(count - 1, from + move));
        }}
      />
      <Readout film={film} />
    </div>
  );
}

const percent = (share: number) => String(Math.round(100 * share));

function Readout({ film }: { readonly film: typeof untreated }) {
  const layer = selected.value;
  const moment = layer === undefined ? undefined : momentAt(film.value, present.value);
  if (layer === undefined || moment === undefined || layer >= columnCount(moment))
    return <p class="readout quiet">{say("readoutHint")}</p>;
  const number = (name: (typeof quantityNames)[number]) => quantityOf(moment.numbers, layer, name);
  return (
    <p class="readout" role="status">
      {say("readout", {
        layer: layer + 1,
        gradient: short(number("gradientNorm")),
        own: short(number("parameterGradientNorm")),
        ratio: short(number("updateRatio")),
        mean: short(number("activationMean"), 2),
        std: short(number("activationStd"), 2),
        dead: percent(number("deadFraction")),
        flat: percent(number("saturatedFraction")),
      })}
    </p>
  );
}

/** Columns of the table, whose numbers a screen reader can read. */
const shown = [
  ["gradientNorm", "gradientNorm"],
  ["parameterGradientNorm", "parameterGradientNorm"],
  ["updateRatio", "updateRatio"],
  ["activationMean", "columnMean"],
  ["activationStd", "activationStd"],
  ["deadFraction", "columnDead"],
  ["saturatedFraction", "columnFlat"],
] as const;

const isOpen = signal(false);

function Table() {
  return (
    <details
      class="more"
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>{say("table")}</summary>
      {isOpen.value ? <Numbers /> : null}
    </details>
  );
}

function Numbers() {
  const { tried } = doctor.now.value;
  const films = [[say("before"), untreated] as const, ...(tried.length > 0 ? [[say("after"), trial] as const] : [])];
  return (
    <Scrolling class="table-frame" label={say("table")}>
      {films.map(([name, film]) => {
        const moment = momentAt(film.value, present.value);
        if (moment === undefined) return null;
        return (
          <table key={name}>
            <caption>{name}</caption>
            <thead>
              <tr>
                <th scope="col">{say("columnLayer")}</th>
                {shown.map(([quantity, word]) => (
                  <th key={quantity} scope="col">
                    {say(word)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: columnCount(moment) }, (_, i) => (
                <tr key={String(i)}>
                  <th scope="row">{i + 1}</th>
                  {shown.map(([quantity]) => {
                    const value = quantityOf(moment.numbers, i, quantity);
                    return (
                      <td key={quantity}>
                        {/Fraction$/.test(quantity) ? say("percent", { n: percent(value) }) : short(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
    </Scrolling>
  );
}
