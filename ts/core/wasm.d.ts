/** How hosts with the `workerd` condition import WebAssembly: compiled. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
