;; Wants the time at an address that is a multiple of four, where eight is the rule.
(import "wasi:clocks/wall-clock@0.2.12" "now" (func $now (param i32)))
(func $hostile (param $event i32) (result i32)
  (call $now (i32.const 2052))
  (call $nothing))
