;; Makes thirty requests, each with a path of 20 MB, and keeps them.
;; memory: 1000
(import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
(import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
(import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query" (func $path (param i32 i32 i32 i32) (result i32)))
(func $hostile (param $event i32) (result i32) (local $i i32)
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 20000000))
  (loop $next
    (drop (call $path (call $request (call $fields)) (i32.const 1) (i32.const 131072) (i32.const 20000000)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 30))))
  (call $nothing))
