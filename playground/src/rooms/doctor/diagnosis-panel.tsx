/** What ails the network, why, and what may help: each piece of advice can be tried, and kept. */

import type { GradientReport } from "downhill";
import { short } from "../../canvas/scale.js";
import { columnsOf } from "../../network/columns.js";
import { readable } from "../../network/readable.js";
import { say as sayOfNetworks } from "../../network/words.js";
import { Button } from "../../ui/button.js";
import { Panel } from "../../ui/fields.js";
import { Icon } from "../../ui/icon.js";
import { doctor } from "./experiment.js";
import type { Examination } from "./jobs.js";
import { examination, type Film, isExamined, trial, untreated } from "./results.js";
import { say } from "./words.js";

export function DiagnosisPanel() {
  const found = examination.value;
  return (
    <Panel title={say("diagnosis")} class="diagnosis">
      {found === undefined ? (
        <p class="quiet">{say("examining")}</p>
      ) : (
        <div class={isExamined.value ? "findings" : "findings stale"} aria-busy={!isExamined.value}>
          <Verdict found={found} />
          <Taken />
          <h3>{say("advice")}</h3>
          {found.report.advice.length === 0 ? <p>{say("noAdvice")}</p> : <AdviceList found={found} />}
        </div>
      )}
    </Panel>
  );
}

function Verdict({ found }: { readonly found: Examination }) {
  const { verdict, findings } = found.report;
  const others = findings.slice(1).map((finding) => sayOfNetworks(finding.verdict));
  return (
    <>
      <p class={verdict === "healthy" ? "verdict good" : "verdict"} role="status">
        <Icon name={verdict === "healthy" ? "check" : "warn"} />
        <strong data-verdict={verdict}>{sayOfNetworks(verdict)}</strong>
      </p>
      {reasons(found).map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {others.length > 0 ? <p class="quiet">{say("also", { others: others.join(", ") })}</p> : null}
    </>
  );
}

/** A factor as people say it. */
const times = (factor: number) => `×${short(factor, 2)}`;

/** Why it is so, in this network's numbers. */
function reasons({ report, config }: Examination): readonly string[] {
  const { verdict, decayPerLayer, rehearsal } = report;
  const columns = columnsOf(config.layers);
  const norm = (column: number) => {
    const place = columns[column]?.output;
    return report.layers.find(({ name }) => name === `layers.${place}`)?.gradientNorm ?? Number.NaN;
  };
  // The last column is the output; before it comes the last hidden layer.
  const last = Math.max(0, columns.length - 2);
  const decay = times(last > 0 ? (norm(0) / norm(last)) ** (1 / last) : decayPerLayer);
  const fillings = {
    decay,
    last: last + 1,
    share: short(norm(0) / norm(last), 2),
    from: short(rehearsal[0] ?? Number.NaN),
    to: short(rehearsal.at(-1) ?? Number.NaN),
    layers: layersOf(report, config),
  };
  const { activation } = doctor.now.value;
  switch (verdict) {
    case "vanishing":
      return [
        say("whyVanishing", fillings),
        ...(activation === "sigmoid" && doctor.now.value.taken.length === 0
          ? [say("whySigmoid", { depth: last + 1, bound: short(4 ** -(last + 1), 2) })]
          : []),
      ];
    case "exploding":
      return [say("whyExploding", fillings)];
    case "dead":
      return [say("whyDead", fillings)];
    case "saturated":
      return [say("whySaturated", fillings)];
    case "inputsUnscaled":
      return [say("whyInputsUnscaled", fillings)];
    case "learningRateTooHigh":
      return [say("whyLearningRateTooHigh", fillings)];
    default:
      return [say("whyHealthy", fillings)];
  }
}

/** The layers of the first finding by the numbers of their columns. */
function layersOf({ findings }: GradientReport, { layers }: Examination["config"]): string {
  const names = findings[0]?.layers ?? [];
  const columns = columnsOf(layers);
  const found = columns.flatMap(({ parts }, i) => (parts.some((part) => names.includes(part)) ? [i] : []));
  if (found.length === columns.length) return say("allLayers", { n: found.length });
  if (found.length === 1 && found[0] === columns.length - 1) return say("outputLayer");
  const numbers = found.map((i) => i + 1);
  const isRun = numbers.length > 2 && numbers.every((n, i) => n === (numbers[0] as number) + i);
  const list = isRun ? `${numbers[0]}–${numbers.at(-1)}` : numbers.join(", ");
  return say(numbers.length === 1 ? "layerNames" : "layersNames", { n: list });
}

function Taken() {
  const { taken } = doctor.now.value;
  if (taken.length === 0) return null;
  return (
    <p class="taken">
      <span>
        {say("taken")} {taken.length}
      </span>
      <Button icon="undo" onClick={() => doctor.change({ taken: taken.slice(0, -1), tried: [] })}>
        {say("undo")}
      </Button>
    </p>
  );
}

function AdviceList({ found }: { readonly found: Examination }) {
  const { advice } = found.report;
  const { layers } = found.config;
  const { tried, taken } = doctor.now.value;
  return (
    <ol class="advice">
      {advice.map(({ remedy, why, paper }, i) => {
        const isTried = tried[0] === i;
        return (
          <li key={remedy} class={isTried ? "tried" : undefined}>
            <p class="remedy">{readable(remedy, layers)}</p>
            {isTried ? <Outcome /> : null}
            <div class="advice-buttons">
              <Button
                look={isTried ? "plain" : "main"}
                pressed={isTried}
                onClick={() => doctor.change({ tried: isTried ? [] : [i] })}
              >
                {isTried ? say("trying") : say("tryIt")}
              </Button>
              {isTried ? (
                <Button icon="check" onClick={() => doctor.change({ taken: [...taken, i], tried: [] })}>
                  {say("keep")}
                </Button>
              ) : null}
            </div>
            <details class="more" open={i === 0 || isTried}>
              <summary>{say("why")}</summary>
              <div class="why">
                <p>{readable(why, layers)}</p>
                <p class="paper">
                  {say("paper")} <cite>{paper}</cite>
                </p>
              </div>
            </details>
          </li>
        );
      })}
    </ol>
  );
}

/** The loss at the end of a film; in words if it has none, undefined while it runs. */
export function endOf({ moments, outcome }: Film): { readonly text: string; readonly loss: number } | undefined {
  if (outcome === undefined) return undefined;
  if (outcome.diverged !== undefined)
    return { text: say("diverged", { n: outcome.diverged }), loss: Number.POSITIVE_INFINITY };
  const loss = moments.at(-1)?.loss ?? Number.NaN;
  return { text: short(loss), loss };
}

/** How much lower the loss is with the advice. */
function Outcome() {
  const [before, after] = [endOf(untreated.value), endOf(trial.value)];
  if (before === undefined || after === undefined) return <p class="outcome quiet">{say("computing")}</p>;
  const factor = before.loss / after.loss;
  const verdict = !Number.isFinite(factor)
    ? undefined
    : factor >= 1.05
      ? say("lower", { times: short(factor, 2) })
      : say("notLower");
  return (
    <p class="outcome" role="status" data-before={before.loss} data-after={after.loss}>
      {say("outcomeBoth", { n: doctor.now.value.updates, before: before.text, after: after.text })}
      {verdict === undefined ? null : <strong class={factor >= 1.05 ? "good" : "bad"}> {verdict}</strong>}
    </p>
  );
}
