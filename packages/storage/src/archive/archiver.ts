/**
 * Moves sealed segments into the archive: hive-partitioned Parquet below `<folder>/events`.
 *
 * Invariants:
 * - The manifest is the only truth. Until its swap an event is read from its segment, from then on
 *   from the archive; a file that no manifest names does not exist and is removed at the start.
 * - One swap publishes all files of its segments and retires the files that they replace.
 * - A segment is deleted only after a durable manifest names it, and only when every event that was
 *   read from it has been found in the archive's files; one with damaged lines is never deleted.
 * - Files that are retired stay until the queries that may read them have ended.
 * - In the archive each event stands once: the copy that was received first. Of copies under
 *   another number the numbers are kept, in one file beside, which the manifest names, too.
 *
 * Format: `manifest.ts`; of the files: the converter's.
 */
import { dirname, join, relative } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { storageLimits } from '../limits.js';
import type { ArchivableLog, ReadableSegment } from '../log/event-log.js';
import { type ArchiveFile, emptyManifest, type Manifest } from './manifest.js';
import { ManifestStore } from './manifest-store.js';
import { filesToMerge } from './merge-plan.js';
import type { Conversion, Partition, SegmentConverter, WrittenFile } from './segment-converter.js';

type ManifestFile = Pick<ArchiveFile, 'path' | 'bytes'>;

export interface ArchiverParts {
  /** The archive's own folder. */
  readonly folder: string;
  readonly segments: ArchivableLog;
  /** Which of the sealed segments that are not archived yet it is time for. Default: all. */
  readonly due?: (sealed: readonly ReadableSegment[]) => readonly ReadableSegment[];
  readonly converter: SegmentConverter;
  readonly disk: Disk;
  /** A name that no file has had yet. */
  readonly newId: () => string;
  /** Told of a segment that is archived but kept, for lines of it are damaged. */
  readonly onDamaged: (segment: string, bytes: number) => void;
}

export class Archiver {
  readonly #parts: ArchiverParts;
  readonly #events: string;
  readonly #manifests: ManifestStore;
  #manifest = emptyManifest;
  #isRecovered = false;

  constructor(parts: ArchiverParts) {
    this.#parts = parts;
    this.#events = join(parts.folder, 'events');
    this.#manifests = new ManifestStore(parts.folder, parts.disk);
  }

  /** Takes over what is archived and clears what a crash or a failed run left half done. Called
   *  before segments are read for the first time. */
  async recover(): Promise<void> {
    const { disk, folder, converter, segments } = this.#parts;
    await segments.ensureOwned();
    await disk.makeFolder(this.#events);
    await disk.syncFolder(dirname(folder));
    this.#manifest = (await this.#manifests.read()) ?? (await this.#begin());
    // The swap that made it may not be durable, and after a failed sync a second one may succeed
    // and do nothing: it is written anew before anything is deleted on its strength.
    await this.#manifests.replace(this.#manifest);
    for (const file of this.#manifest.files) await this.#checkFile(file);
    const { copiedSeqs } = this.#manifest;
    if (copiedSeqs) await this.#checkFile(copiedSeqs);
    await this.#show();
    await converter.runningQueriesEnd();
    const named = new Set(
      this.#paths([...this.#manifest.files, ...(copiedSeqs ? [copiedSeqs] : [])]),
    );
    for (const path of await this.#filesUnder(this.#events)) {
      if (!named.has(path)) await disk.remove(path);
    }
    this.#isRecovered = true;
  }

  /** The first manifest stands before the first file. So one that is missing later is lost, and
   *  does not take all files for leftovers of a crash. */
  async #begin(): Promise<Manifest> {
    const [file] = await this.#filesUnder(this.#events);
    if (file !== undefined) {
      throw new Error(
        `${this.#manifests.path} is missing, but ${file} is there: restore it from a backup`,
      );
    }
    return emptyManifest;
  }

  /** Archives what is sealed, up to `archiveSegments`; resolves with the number of segments. If it
   *  rejects, everything can be read as before, and the next call begins with a recovery. */
  async archiveSealed(): Promise<number> {
    if (!this.#isRecovered) await this.recover();
    this.#isRecovered = false;
    const { converter, disk } = this.#parts;
    await this.#deleteArchivedSegments();
    const segments = await this.#readySegments();
    if (segments.length > 0) {
      const { next, retired } = await this.#write(segments);
      await this.#parts.segments.ensureOwned();
      await this.#manifests.replace(next);
      this.#manifest = next;
      await this.#show();
      await this.#deleteArchivedSegments();
      await converter.runningQueriesEnd();
      for (const path of retired) await disk.remove(path);
    }
    this.#isRecovered = true;
    return segments.length;
  }

  /** Sealed, due, read to the end, and not archived yet. */
  async #readySegments(): Promise<string[]> {
    const { segments, converter, due = (all) => all } = this.#parts;
    const archived = new Set(this.#manifest.segments);
    const sealed = segments
      .readableSegments()
      .filter(({ name, isOpen }) => !isOpen && !archived.has(name));
    const next = due(sealed).slice(0, storageLimits.archiveSegments);
    if (next.length > 0) await converter.refresh();
    return next
      .filter(({ name, validBytes }) => converter.takenBytes(name) === validBytes)
      .map(({ name }) => name);
  }

  /** Writes the files of the next manifest; nothing refers to them yet. */
  async #write(segments: readonly string[]): Promise<{ next: Manifest; retired: string[] }> {
    return this.#parts.converter.convert(segments, async (conversion) => {
      const { rewritten, kept } = await this.#plan(conversion, await conversion.partitions());
      const fileName = this.#parts.newId();
      const [again, others] = [this.#paths(rewritten), this.#paths(kept)];
      const written = await conversion.write(this.#events, fileName, again, others);
      const stored = [...others, ...written.map(({ path }) => path)];
      const missing = await conversion.missingFrom(stored, again);
      if (missing > 0) throw new Error(`${missing} events are not in the archive that was written`);
      const copiedSeqs = await this.#writeCopiedSeqs(conversion, fileName, stored, again);
      const added = await this.#makeDurable(written);
      const copies = sum(rewritten) + (await conversion.rowCount()) - sum(added);
      const next = { ...this.#next(segments, rewritten, added, copies), ...copiedSeqs };
      const before = this.#copiedSeqsPath;
      return { next, retired: copiedSeqs && before ? [...again, before] : again };
    });
  }

  /** Writes the numbers of all copies again if there are new ones. */
  async #writeCopiedSeqs(
    conversion: Conversion,
    fileName: string,
    stored: readonly string[],
    again: readonly string[],
  ): Promise<Pick<Manifest, 'copiedSeqs'> | undefined> {
    const path = join(this.#events, `${fileName}.seqs`);
    const before = this.#copiedSeqsPath;
    if (!(await conversion.writeCopiedSeqs(path, stored, again, before))) return undefined;
    const bytes = await this.#syncFile(path);
    return { copiedSeqs: { path: relative(this.#parts.folder, path), bytes } };
  }

  get #copiedSeqsPath(): string | undefined {
    const { copiedSeqs } = this.#manifest;
    return copiedSeqs && this.#path(copiedSeqs);
  }

  /** Which files of the touched partitions are written again. */
  async #plan(
    conversion: Conversion,
    partitions: readonly Partition[],
  ): Promise<{ rewritten: ArchiveFile[]; kept: ArchiveFile[] }> {
    const all = byPartitionOf(this.#manifest.files);
    const byPartition = partitions.map((partition) => all.get(partitionOf(partition)) ?? []);
    const touched = byPartition.flat();
    const beaten = new Set(await conversion.filesWithLaterCopies(this.#paths(touched)));
    const merged = new Set(byPartition.flatMap(filesToMerge));
    const isRewritten = (file: ArchiveFile) => merged.has(file) || beaten.has(this.#path(file));
    return {
      rewritten: touched.filter(isRewritten),
      kept: touched.filter((file) => !isRewritten(file)),
    };
  }

  /** Syncs new files and the folders that name them. */
  async #makeDurable(written: readonly WrittenFile[]): Promise<ArchiveFile[]> {
    const { disk, folder } = this.#parts;
    const folders = new Set<string>([this.#events]);
    const added: ArchiveFile[] = [];
    for (const { path, ...file } of written) {
      const bytes = await this.#syncFile(path);
      added.push({ path: relative(folder, path), ...file, bytes });
      folders.add(dirname(path)).add(dirname(dirname(path)));
    }
    for (const each of folders) await disk.syncFolder(each);
    return added;
  }

  /** Resolves with the file's size. */
  async #syncFile(path: string): Promise<number> {
    const { disk } = this.#parts;
    const file = await disk.open(path);
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    const stat = await disk.stat(path);
    if (stat === undefined) throw new Error(`${path} is gone`);
    return stat.bytes;
  }

  #next(
    segments: readonly string[],
    rewritten: readonly ArchiveFile[],
    added: readonly ArchiveFile[],
    copies: number,
  ): Manifest {
    const { generation, files, segments: before, copies: copiesBefore } = this.#manifest;
    const damaged = segments.filter((name) => this.#isDamaged(name));
    const readable = new Set(this.#parts.segments.readableSegments().map(({ name }) => name));
    return {
      ...this.#manifest,
      generation: generation + 1,
      segments: [...before.filter((name) => readable.has(name)), ...segments],
      damagedSegments: [...this.#manifest.damagedSegments, ...damaged],
      files: [...files.filter((file) => !rewritten.includes(file)), ...added],
      copies: copiesBefore + copies,
    };
  }

  /** Lets queries see the manifest. */
  async #show(): Promise<void> {
    const { files, segments, copies } = this.#manifest;
    const paths = this.#paths(files);
    const copiedSeqs = this.#copiedSeqsPath;
    await this.#parts.converter.show({ paths, segments, copies, copiedSeqs });
  }

  async #deleteArchivedSegments(): Promise<void> {
    const { segments, damagedSegments } = this.#manifest;
    for (const name of segments) {
      if (!damagedSegments.includes(name)) await this.#parts.segments.deleteSegment(name);
    }
  }

  #isDamaged(segment: string): boolean {
    const { converter, onDamaged } = this.#parts;
    const damagedBytes = converter.damagedBytes(segment);
    if (damagedBytes > 0) onDamaged(segment, damagedBytes);
    return damagedBytes > 0;
  }

  async #checkFile(file: ManifestFile): Promise<void> {
    const bytes = (await this.#parts.disk.stat(this.#path(file)))?.bytes;
    if (bytes === file.bytes) return;
    const found = bytes === undefined ? 'is missing' : `has ${bytes} bytes`;
    throw new Error(
      `${this.#path(file)} ${found}, but the manifest names it with ${file.bytes} bytes: ` +
        'restore it from a backup',
    );
  }

  /** All files below a folder. */
  async #filesUnder(folder: string): Promise<string[]> {
    const paths: string[] = [];
    for (const { name, isFolder } of await this.#parts.disk.list(folder)) {
      const path = join(folder, name);
      if (isFolder) paths.push(...(await this.#filesUnder(path)));
      else paths.push(path);
    }
    return paths;
  }

  #path(file: ManifestFile): string {
    return join(this.#parts.folder, file.path);
  }

  #paths(files: readonly ManifestFile[]): string[] {
    return files.map((file) => this.#path(file));
  }
}

function sum(files: readonly ArchiveFile[]): number {
  return files.reduce((rows, file) => rows + file.rows, 0);
}

function partitionOf({ source, idDay }: Partition): string {
  return `${source}/${idDay}`;
}

function byPartitionOf(files: readonly ArchiveFile[]): Map<string, ArchiveFile[]> {
  const partitions = new Map<string, ArchiveFile[]>();
  for (const file of files) {
    const inPartition = partitions.get(partitionOf(file));
    if (inPartition === undefined) partitions.set(partitionOf(file), [file]);
    else inPartition.push(file);
  }
  return partitions;
}
