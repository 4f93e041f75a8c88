;; Sends a hundred requests, and waits for none of them.
;; memory: 2
(import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
(import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
(import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme" (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
(import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority" (func $authority (param i32 i32 i32 i32) (result i32)))
(import "wasi:http/outgoing-handler@0.2.12" "handle" (func $send (param i32 i32 i32 i32)))
(data (i32.const 70000) "127.0.0.1:9")
(func $hostile (param $event i32) (result i32) (local $i i32) (local $r i32)
  (loop $next
    (local.set $r (call $request (call $fields)))
    (drop (call $scheme (local.get $r) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $authority (local.get $r) (i32.const 1) (i32.const 70000) (i32.const 11)))
    (call $send (local.get $r) (i32.const 0) (i32.const 0) (i32.const 72000))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $i) (i32.const 100))))
  (call $nothing))
