import { dense } from "downhill";
import { WorkerModel } from "downhill/worker";

WorkerModel.create({ inputs: 1, layers: [dense(1)], loss: "meanSquaredError" }).catch((error) =>
  console.log(error.code, error.message),
);
