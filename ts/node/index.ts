/** The public names of `downhill/node`: files, and progress in the terminal. Nothing of it is in `downhill`. */

export { type ProgressBarOptions, progressBar } from "../callbacks/progress-bar.js";
export { FileError } from "./file-error.js";
export { type FileSink, type FileSinkOptions, fileSink } from "./file-sink.js";
export { type LoadNewestOptions, loadNewest, type Skipped } from "./load-newest.js";
