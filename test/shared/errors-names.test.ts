import { describe, expect, it } from "vitest";
import {
  BusyError,
  ConfigError,
  CoreError,
  DataError,
  DisposedError,
  DivergenceError,
  DownhillError,
  FormatError,
  MemoryError,
  NonFiniteError,
  NotSerializableError,
  ShapeError,
  UnsupportedError,
  WorkerError,
} from "../../ts/errors.js";

const divergence = {
  history: { epochs: [{ epoch: 0, loss: 2 }], steps: 12 },
  epoch: 1,
  step: 12,
  layer: "layers.0",
  tensor: "layers.0.kernel",
  cause: "the gradient overflowed",
  advice: [
    { remedy: "a lower rate", why: "smaller steps", paper: "Pascanu 2013", change: { optimizer: "sgd" as const } },
  ],
};

const everyError: readonly (readonly [DownhillError, string, string, string])[] = [
  [new ConfigError("adam.beta1", "too large"), "ConfigError", "CONFIG", "adam.beta1: too large"],
  [new ShapeError("x", "rows differ"), "ShapeError", "SHAPE", "x: rows differ"],
  [new DataError("y", "not a label"), "DataError", "DATA", "y: not a label"],
  [new NonFiniteError("x", "NaN at row 3, column 1"), "NonFiniteError", "NON_FINITE", "x: NaN at row 3, column 1"],
  [new DisposedError("Model"), "DisposedError", "DISPOSED", "Model: used after dispose()"],
  [new DivergenceError("the loss is NaN", divergence), "DivergenceError", "DIVERGENCE", "the loss is NaN"],
  [new FormatError("CSV", "odd"), "FormatError", "FORMAT", "CSV: odd"],
  [new NotSerializableError("metrics[0]", "no"), "NotSerializableError", "NOT_SERIALIZABLE", "metrics[0]: no"],
  [new UnsupportedError("no SIMD"), "UnsupportedError", "UNSUPPORTED", "no SIMD"],
  [new MemoryError("too large"), "MemoryError", "MEMORY", "too large"],
  [new BusyError("fit is running"), "BusyError", "BUSY", "fit is running"],
  [new CoreError("trap"), "CoreError", "CORE", "trap"],
  [new WorkerError("it ended"), "WorkerError", "WORKER", "it ended"],
];

describe("errors", () => {
  it.each(everyError)("%s has its name, code and message", (error, name, code, message) => {
    expect(error).toBeInstanceOf(DownhillError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
    expect(String(error)).toBe(`${name}: ${message}`);
  });

  it("keep their names when a minifier renames the classes", () => {
    const Renamed = (() => class a extends ShapeError {})();
    expect(new Renamed("x", "ragged").name).toBe("ShapeError");
  });

  it("have codes and names that are all different", () => {
    expect(new Set(everyError.map(([error]) => error.code)).size).toBe(everyError.length);
    expect(new Set(everyError.map(([error]) => error.name)).size).toBe(everyError.length);
  });

  it("show both shapes in a mismatch", () => {
    expect(ShapeError.mismatch("x", [32, 4], [32, 3]).message).toBe("x: expected shape [32, 4], got [32, 3]");
    expect(ShapeError.mismatch("x", ["?", 4], [3], "give rows").message).toBe(
      "x: expected shape [?, 4], got [3]; give rows",
    );
  });

  it("carry the place in the file in a FormatError", () => {
    const inText = new FormatError("CSV", "a quote is open", { line: 3, column: 7 });
    expect(inText.message).toBe("CSV: line 3, column 7: a quote is open");
    expect(inText.position).toEqual({ line: 3, column: 7 });
    const inBytes = new FormatError("model file", "checksum differs", { byte: 16 });
    expect(inBytes.message).toBe("model file: byte 16: checksum differs");
    expect(new FormatError("CSV", "empty").position).toBeUndefined();
  });

  it("carry everything about a divergence", () => {
    const error = new DivergenceError("the loss is NaN", divergence);
    const { history, epoch, step, layer, tensor, cause, advice } = error;
    expect({ history, epoch, step, layer, tensor, cause, advice }).toEqual(divergence);
  });

  it("carry what was behind them as the cause", () => {
    const trap = new RangeError("unreachable");
    expect(new CoreError("trap", { cause: trap }).cause).toBe(trap);
    expect(new MemoryError("full", { cause: trap }).cause).toBe(trap);
    expect(new UnsupportedError("no", { cause: trap }).cause).toBe(trap);
    expect(new FormatError("CSV", "no", undefined, { cause: trap }).cause).toBe(trap);
  });

  it("carry path, suggestion and the allowed words in a ConfigError", () => {
    const error = new ConfigError("adam", "unknown", { suggestion: "beta1", allowed: ["beta1"] });
    expect([error.path, error.suggestion, error.allowed]).toEqual(["adam", "beta1", ["beta1"]]);
  });
});
