/** Compressed bodies: sound, damaged, lying about themselves, and bombs. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { SeededRandom } from '../support/seeded-random.js';
import type { BodyEncoding } from './expected-batch.js';

export interface CompressedBody {
  readonly wire: Buffer;
  readonly encoding: 'gzip' | 'br';
  readonly title: string;
}

const compress = {
  gzip: (bytes: Buffer) => gzipSync(bytes, { level: 1 }),
  br: (bytes: Buffer) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
} satisfies Partial<Record<BodyEncoding, (bytes: Buffer) => Buffer>>;

/** Made once: a hundred bytes of brotli and 260 kB of gzip that inflate to 60 MB. */
const bombs = new Map<string, Buffer>();

function bomb(encoding: 'gzip' | 'br', inflatedBytes: number): Buffer {
  const name = `${encoding} ${inflatedBytes}`;
  const made = bombs.get(name) ?? compress[encoding](Buffer.alloc(inflatedBytes, 0x20));
  bombs.set(name, made);
  return made;
}

type Damage = (
  sound: Buffer,
  random: SeededRandom,
  encoding: 'gzip' | 'br',
  body: Buffer,
) => Buffer;

const garbage = (random: SeededRandom): Buffer =>
  Buffer.from(Array.from({ length: 1 + random.below(20) }, () => random.below(256)));

const damages: Readonly<Record<string, Damage>> = {
  'cut off': (sound, random) => sound.subarray(0, random.below(sound.length)),
  'a bit flipped': (sound, random) => {
    const copy = Buffer.from(sound);
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  'garbage behind it': (sound, random) => Buffer.concat([sound, garbage(random)]),
  'zeros behind it': (sound) => Buffer.concat([sound, Buffer.alloc(8)]),
  'a second member': (sound, _, encoding) =>
    Buffer.concat([sound, compress[encoding](Buffer.from('{}'))]),
  'cut into two members': (_, random, encoding, body) => {
    const at = random.below(body.length + 1);
    return Buffer.concat(
      [body.subarray(0, at), body.subarray(at)].map((part) => compress[encoding](part)),
    );
  },
  'the other encoding': (_, _random, encoding, body) =>
    compress[encoding === 'br' ? 'gzip' : 'br'](body),
  'zlib instead': (_, _random, _encoding, body) => deflateSync(body),
  'compressed twice': (sound, _, encoding) => compress[encoding](sound),
  'not compressed': (_, _random, _encoding, body) => body,
  empty: () => Buffer.alloc(0),
  'a bomb of 1 MB and a byte': (_, _random, encoding) => bomb(encoding, 1_000_001),
  'a megabyte of blanks': (_, _random, encoding) => bomb(encoding, 1_000_000),
};
const damageNames = Object.keys(damages);

export function compressedBody(body: Buffer, random: SeededRandom): CompressedBody {
  const encoding = random.pick(['gzip', 'br'] as const);
  if (random.happens(0.005)) {
    const size = random.pick([20_000_000, 60_000_000]);
    return { wire: bomb(encoding, size), encoding, title: `${encoding}: a bomb of ${size} bytes` };
  }
  const sound = compress[encoding](body);
  if (random.happens(0.5)) return { wire: sound, encoding, title: `${encoding}: sound` };
  const damage = random.pick(damageNames);
  const wire = damages[damage]!(sound, random, encoding, body);
  return { wire, encoding, title: `${encoding}: ${damage}` };
}
