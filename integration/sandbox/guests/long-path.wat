;; Opens a path of 30 million parts.
;; memory: 1000
(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $folders (param i32)))
(import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
(func $hostile (param $event i32) (result i32) (local $at i32)
  (call $folders (i32.const 2048))
  (local.set $at (i32.const 131072))
  (loop $more
    (i64.store (local.get $at) (i64.const 0x2f612f612f612f61))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $more (i32.lt_u (local.get $at) (i32.const 60131072))))
  (call $open (i32.load (i32.load (i32.const 2048))) (i32.const 0) (i32.const 131072) (i32.const 60000000)
    (i32.const 0) (i32.const 1) (i32.const 4096))
  ;; An error, and no other than that the name is too long: its place in the interface's list.
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4100)) (i32.const 18)) (then unreachable))
  (call $nothing))
