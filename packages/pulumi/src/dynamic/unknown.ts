/** How the engine writes values that are not known yet, one text a type (`sdk/go/common/resource/plugin/rpc.go`). */
const unknownValues = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/** Whether any part of it is known only later. */
export function isUnknown(value: unknown): boolean {
  const text = JSON.stringify(value) ?? "";
  return unknownValues.some((unknown) => text.includes(unknown));
}
