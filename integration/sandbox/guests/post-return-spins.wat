;; Never returns from what frees its answer.
;; memory: 2
(global $hostile (mut i32) (i32.const 0))
(global $at (mut i32) (i32.const 65536))
(func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
  (global.set $at (i32.and (i32.add (global.get $at) (i32.add (local.get $size) (i32.const 15))) (i32.const -16)))
  (i32.sub (global.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
(func (export "cabi_post_sluice:event/handler@0.1.0#handle") (param i32)
  (global.set $at (i32.const 65536))
  (if (global.get $hostile) (then (loop $on (br $on)))))
(func $hostile (param $event i32) (result i32)
  (global.set $hostile (i32.const 1))
  (call $nothing))
