;; Asks for 64 MiB of random bytes a hundred times; its allocator always gives the same room.
;; memory: 1020
(import "wasi:random/random@0.2.12" "get-random-bytes" (func $random (param i64 i32)))
(global $at (mut i32) (i32.const 65536))
(func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
  (if (i32.gt_u (local.get $size) (i32.const 1000000)) (then (return (i32.const 65536))))
  (global.set $at (i32.and (i32.add (global.get $at) (i32.add (local.get $size) (i32.const 15))) (i32.const -16)))
  (i32.sub (global.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
(func (export "cabi_post_sluice:event/handler@0.1.0#handle") (param i32) (global.set $at (i32.const 65536)))
(func $hostile (param $event i32) (result i32) (local $left i32)
  (local.set $left (i32.const 100))
  (loop $more
    (call $random (i64.const 60000000) (i32.const 2048))
    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $nothing))
