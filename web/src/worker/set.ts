// Files that make one model together: an encoder with its decoders. Whoever opened one of them wants a package of all.
// Names and variants are those of core/package/roles.cc.

export interface Listed {
  path: string;
  size: number;
}

const PARTS = new Set(["encoder_model", "decoder_model", "decoder_with_past_model", "decoder_model_merged", "vision_encoder", "prompt_encoder_mask_decoder", "embed_tokens",
  "audio_encoder", "text_encoder", "encodec_decode", "text_model", "vision_model", "decoder_postnet_and_vocoder", "build_delay_pattern_mask"]);
const NAME = /^(.*?)((?:_(?:quantized|q4f16|q2f16|q1f16|fp16|uint8|int8|bnb4|q4|q2|q1|optimized))?)\.onnx$/;

interface Part {
  directory: string;
  role: string;
  variant: string;
}

function partOf(path: string): Part | null {
  const at = path.lastIndexOf("/") + 1;
  const [, role, variant] = NAME.exec(path.slice(at)) ?? [];
  return role !== undefined && variant !== undefined && PARTS.has(role) ? { directory: path.slice(0, at), role, variant } : null;
}

export const isPart = (path: string): boolean => partOf(path) !== null;

/** The other files of the set that `path` is of; of decoders that do the same, those of its kind, else the merged one. */
export function othersOf(path: string, all: Listed[]): Listed[] {
  const own = partOf(path);
  if (own === null) return [];
  const set = all.flatMap((file) => {
    const part = partOf(file.path);
    return part !== null && part.directory === own.directory && part.variant === own.variant && file.path !== path ? [{ ...file, role: part.role }] : [];
  });
  const split = /^decoder_(model|with_past_model)$/;
  const merged = !split.test(own.role) && (own.role === "decoder_model_merged" || set.some((f) => f.role === "decoder_model_merged"));
  return set.filter(({ role }) => (merged ? !split.test(role) : role !== "decoder_model_merged")).map(({ path: name, size }) => ({ path: name, size }));
}
