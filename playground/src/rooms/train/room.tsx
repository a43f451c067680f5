/** The room Train. */

import { Page } from "../../shell/page.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { Condition, CoursePanel, Transport } from "./course-panel.js";
import { DiagnosisPanel } from "./diagnosis-panel.js";
import { DigitPanel } from "./digit-panel.js";
import { train } from "./experiment.js";
import { InsidePanel, NetworkPanel } from "./network-panel.js";
import { OutputPanel } from "./output-panel.js";
import { OwnPanel } from "./own-panel.js";
import { BuildPanel, DataPanel, TrainingPanel } from "./settings-panels.js";
import { say } from "./words.js";

const narrow = matchMedia("(max-width: 820px)");

export function TrainRoom() {
  const { data } = train.now.value;
  return (
    <Page room="train" title={sayEverywhere("train")} lead={say("lead")} experiment={train}>
      <div class="workshop">
        <div class="settings-column">
          <DataPanel />
          {/* On a phone the results would lie far below the settings. */}
          <details class="fold" open={!narrow.matches}>
            <summary>{say("settingsFold")}</summary>
            <div class="settings-column">
              <BuildPanel />
              <TrainingPanel />
            </div>
          </details>
        </div>
        <div class="bench">
          <Transport />
          <Condition />
          {data === "own" ? <OwnPanel /> : null}
        </div>
        {/* What it answers comes first, not after everything that is inside. */}
        <div class="yield">
          {data === "digits" ? <DigitPanel /> : null}
          <OutputPanel />
          <CoursePanel />
        </div>
        <div class="insides">
          <NetworkPanel />
          <InsidePanel />
          <DiagnosisPanel key={JSON.stringify(train.now.value)} />
        </div>
      </div>
    </Page>
  );
}
