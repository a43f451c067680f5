import "./home.css";
import { language } from "../../shell/language.js";
import { open, Page } from "../../shell/page.js";
import { rooms } from "../../shell/rooms.js";
import { say as sayEverywhere } from "../../shell/words.js";
import { Sketch } from "./sketches.js";
import { say } from "./words.js";

function FrontPage() {
  const query = new URLSearchParams(location.search).has("lang") ? `?lang=${language.value}` : "";
  return (
    <Page title={say("title")} lead={say("lead")}>
      <div class="tracks">
        {rooms.map((room) => (
          <a key={room} class="panel door" href={`./${room}.html${query}`}>
            <Sketch room={room} />
            <h2>{sayEverywhere(room)}</h2>
            <p>{say(room)}</p>
          </a>
        ))}
      </div>
    </Page>
  );
}

open(<FrontPage />);
