;; Opens its folder 500 times, and drops nothing.
(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $folders (param i32)))
(import "wasi:filesystem/types@0.2.12" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 512) ".")
(func $hostile (param $event i32) (result i32) (local $left i32)
  (call $folders (i32.const 2048))
  (local.set $left (i32.const 500))
  (loop $more
    (call $open (i32.load (i32.load (i32.const 2048))) (i32.const 0) (i32.const 512) (i32.const 1)
      (i32.const 0) (i32.const 1) (i32.const 4096))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $nothing))
