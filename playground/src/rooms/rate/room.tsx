/** The room Learning rate. */

import { Page } from "../../shell/page.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { Button } from "../../ui/button.js";
import { Trouble } from "../../ui/notice.js";
import { rate } from "./experiment.js";
import { downloadNumbers } from "./export.js";
import { PickedPanel } from "./picked-panel.js";
import { picked, scheduled, test, trouble } from "./results.js";
import { ScheduleList } from "./schedule-list.js";
import { SchedulePanel } from "./schedule-panel.js";
import { ScheduledPanel } from "./scheduled-panel.js";
import { TaskPanel } from "./task-panel.js";
import { TestPanel } from "./test-panel.js";
import { say } from "./words.js";

export function RateRoom() {
  const busy = picked.busy.value || scheduled.busy.value || test.value === undefined;
  return (
    <Page
      room="rate"
      title={sayEverywhere("rate")}
      lead={say("lead")}
      experiment={rate}
      actions={
        <Button icon="download" disabled={busy} onClick={downloadNumbers}>
          {say("numbers")}
        </Button>
      }
    >
      <Trouble message={trouble.value} />
      <div class="stack rate" aria-busy={busy}>
        <TaskPanel />
        <div class="tracks">
          <TestPanel />
          <PickedPanel />
        </div>
        <div class="tracks">
          <SchedulePanel />
          <ScheduledPanel />
        </div>
        <ScheduleList />
      </div>
    </Page>
  );
}
