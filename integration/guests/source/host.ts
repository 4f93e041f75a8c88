// The host functions that guests call, with the parameters that the canonical ABI flattens them to. `answer` is where the host writes a
// result that doesn't fit a single value.

@external("wasi:io/poll@0.2.6", "[method]pollable.block")
export declare function block(pollable: i32): void;
@external("wasi:io/poll@0.2.6", "[resource-drop]pollable")
export declare function dropPollable(pollable: i32): void;
@external("wasi:clocks/monotonic-clock@0.2.6", "subscribe-duration")
export declare function subscribeDuration(nanoseconds: u64): i32;
@external("wasi:cli/stdout@0.2.6", "get-stdout")
export declare function getStdout(): i32;
@external("wasi:cli/stderr@0.2.6", "get-stderr")
export declare function getStderr(): i32;
@external("wasi:io/streams@0.2.6", "[method]output-stream.blocking-write-and-flush")
export declare function writeAndFlush(stream: i32, bytes: usize, length: usize, answer: usize): void;
@external("wasi:io/streams@0.2.6", "[resource-drop]output-stream")
export declare function dropStream(stream: i32): void;
@external("wasi:cli/exit@0.2.6", "exit")
export declare function exit(failed: i32): void;
@external("wasi:logging/logging@0.1.0-draft", "log")
export declare function logLine(level: i32, context: usize, contextLength: usize, text: usize, textLength: usize): void;
@external("wasi:config/store@0.2.0-draft", "get")
export declare function getConfig(key: usize, keyLength: usize, answer: usize): void;
@external("wasi:keyvalue/store@0.2.0-draft", "open")
export declare function openBucket(name: usize, nameLength: usize, answer: usize): void;
@external("wasi:keyvalue/store@0.2.0-draft", "[resource-drop]bucket")
export declare function dropBucket(bucket: i32): void;
@external("wasi:keyvalue/atomics@0.2.0-draft", "increment")
export declare function incrementKey(bucket: i32, key: usize, keyLength: usize, delta: u64, answer: usize): void;
@external("acme:weather/forecast@1.2.3", "temperature")
export declare function temperature(): u32;
@external("acme:weather/forecast@1.2.3", "rain")
export declare function rain(place: usize, placeLength: usize, answer: usize): void;
@external("acme:weather/forecast@1.2.3", "[static]station.nearest")
export declare function nearestStation(place: usize, placeLength: usize, answer: usize): void;
