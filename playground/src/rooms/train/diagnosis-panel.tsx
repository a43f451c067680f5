/** The gradient doctor's word on the network as it is now. */

import { useSignal } from "@preact/signals";
import { type GradientReport, matrix } from "downhill";
import { readable } from "../../network/readable.js";
import { say as sayOfNetworks } from "../../network/words.js";
import { Button } from "../../ui/button.js";
import { Panel } from "../../ui/fields.js";
import { Icon } from "../../ui/icon.js";
import { present, task, view } from "./session.js";
import { say } from "./words.js";

/** Samples that are looked at: as many as a few batches. */
const examined = 256;

interface Seen {
  readonly report: GradientReport;
  readonly epoch: number;
}

export function DiagnosisPanel() {
  const seen = useSignal<Seen | undefined>(undefined);
  const examine = async () => {
    const [model, now, moment] = [present(), task.value, view.value];
    if (model === undefined || now === undefined || moment === undefined) return;
    const { x, y, inputs, rows } = now.train;
    const count = Math.min(examined, rows);
    // A model that is replaced meanwhile rejects: then there is nothing to tell of it.
    const report = await model
      .diagnose(matrix(x.slice(0, count * inputs), [count, inputs]), y.slice(0, count))
      .catch(() => undefined);
    if (report !== undefined) seen.value = { report, epoch: moment.epoch };
  };
  return (
    <Panel
      title={say("doctor")}
      tools={
        <Button disabled={view.value === undefined} onClick={examine}>
          {say("examine")}
        </Button>
      }
    >
      {seen.value === undefined ? <p class="hint">{say("doctorHint")}</p> : <Report seen={seen.value} />}
    </Panel>
  );
}

function Report({ seen: { report, epoch } }: { readonly seen: Seen }) {
  const layers = task.value?.config.layers ?? [];
  const isHealthy = report.verdict === "healthy";
  return (
    <div role="status">
      <p class={isHealthy ? "finding good" : "finding bad"} data-verdict={report.verdict}>
        <Icon name={isHealthy ? "check" : "warn"} />
        <span>{say("verdictAt", { verdict: sayOfNetworks(report.verdict), n: epoch })}</span>
      </p>
      {report.advice.slice(0, 2).map(({ remedy, why, paper }) => (
        <div class="remedy-short" key={remedy}>
          <strong>{readable(remedy, layers)}</strong>
          <p>{readable(why, layers)}</p>
          <p class="hint">
            <cite>{paper}</cite>
          </p>
        </div>
      ))}
    </div>
  );
}
