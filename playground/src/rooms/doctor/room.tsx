/** The room Gradient doctor. */

import { Page } from "../../shell/page.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { Trouble } from "../../ui/notice.js";
import { DiagnosisPanel } from "./diagnosis-panel.js";
import { doctor } from "./experiment.js";
import { trouble } from "./results.js";
import { Patients, SettingsPanel } from "./settings-panel.js";
import { TrainingPanel, Transport } from "./training-panel.js";
import { say } from "./words.js";
import { XrayPanel } from "./xray-panel.js";

export function DoctorRoom() {
  return (
    <Page room="doctor" title={sayEverywhere("doctor")} lead={say("lead")} experiment={doctor}>
      <Trouble message={trouble.value} />
      <Patients />
      <div class="surgery">
        <SettingsPanel />
        <div class="seen">
          <Transport />
          <XrayPanel />
          <TrainingPanel />
        </div>
        <DiagnosisPanel />
      </div>
    </Page>
  );
}
