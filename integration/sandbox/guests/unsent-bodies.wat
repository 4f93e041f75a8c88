;; Writes bodies of twenty requests, 100 KiB each, and sends none of them.
;; memory: 2
(import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
(import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
(import "wasi:http/types@0.2.12" "[method]outgoing-request.body" (func $body (param i32 i32)))
(import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $writer (param i32 i32)))
(import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
(import "wasi:http/outgoing-handler@0.2.12" "handle" (func $send (param i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $i i32) (local $n i32) (local $stream i32)
  (loop $next
    (call $body (call $request (call $fields)) (i32.const 72000))
    (call $writer (i32.load (i32.const 72004)) (i32.const 72000))
    (local.set $stream (i32.load (i32.const 72004)))
    (local.set $n (i32.const 0))
    (loop $more
      (call $write (local.get $stream) (i32.const 0) (i32.const 51200) (i32.const 72000))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $n) (i32.const 2))))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 20))))
  (call $nothing))
