/**
 * The bytes that a base64 text stands for; `atob` is in every engine and needs no lookup table of ours.
 *
 * @param text standard base64, padded, without white space
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
