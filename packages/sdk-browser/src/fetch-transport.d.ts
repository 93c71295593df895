/**
 * Batches by fetch, as a CORS-simple request: text/plain and everything else in the query, so that
 * no preflight doubles the requests. Every outcome is a value.
 *
 * Redirects are not followed: an opaque redirect comes out as status 0, which is no verdict.
 */
import type { BatchRequest, Clock, Transport, TransportOutcome } from '@holdfast/sdk-core';
export declare class FetchTransport implements Transport {
    #private;
    constructor(clock: Clock);
    send(request: BatchRequest): Promise<TransportOutcome>;
    close(): Promise<void>;
}
