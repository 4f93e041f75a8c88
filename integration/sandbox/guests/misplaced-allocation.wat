;; Its allocator gives odd addresses when it is asked for a list of strings; for events it does as it should.
;; memory: 2
(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))
(global $at (mut i32) (i32.const 65536))
(global $odd (mut i32) (i32.const 0))
(func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
  (global.set $at (i32.and (i32.add (global.get $at) (i32.add (local.get $size) (i32.const 15))) (i32.const -16)))
  (i32.add (i32.sub (global.get $at) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))) (global.get $odd)))
(func (export "cabi_post_sluice:event/handler@0.1.0#handle") (param i32) (global.set $at (i32.const 65536)))
(func $hostile (param $event i32) (result i32)
  (global.set $odd (i32.const 1))
  (call $environment (i32.const 2048))
  (call $nothing))
