/** What is trained in this room. */

import { useSignal } from "@preact/signals";
import { OptimizerSettings } from "../../optimizers/settings.js";
import { type OptimizerName, optimizerNames, optimizers, plain } from "../../optimizers/table.js";
import { TrainingFields } from "../../training/fields.js";
import { Button } from "../../ui/button.js";
import { Panel, Select } from "../../ui/fields.js";
import { rate } from "./experiment.js";
import { say } from "./words.js";

export function TaskPanel() {
  const { optimizer } = rate.now.value;
  const open = useSignal(false);
  return (
    <Panel title={say("task")}>
      <div class="fields">
        <Select
          label={say("optimizer")}
          value={optimizer.type as OptimizerName}
          options={optimizerNames.map((name) => [name, optimizers[name].name])}
          onChange={(name) => rate.change({ optimizer: plain(name) })}
        />
        <Button
          icon="edit"
          label={say("more")}
          expanded={open.value}
          onClick={() => {
            open.value = !open.value;
          }}
        />
        <TrainingFields experiment={rate} />
      </div>
      {open.value ? <OptimizerSettings lane={optimizer} onChange={(next) => rate.change({ optimizer: next })} /> : null}
    </Panel>
  );
}
