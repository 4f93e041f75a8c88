;; Does to its own state what its event says, and answers with a digest of all that it saw of it before: of both memories below 60000, of
;; their sizes, and of every global. A guest in its first state always answers the same.
;;
;; The data are steps of 16 bytes, as i32 numbers: what, and three arguments.
;;   0 the bytes at $1 become $2, $3 of them       1 the same in the other memory
;;   2 a memory grows by $1 pages                  3 the other one does
;;   4 globals become what is made of $1           5 traps
;;   6 logs its data                               7 takes a handle of stdout, and keeps it
;;   8 answers with no message                     9 answers from an address that is not there
(module
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
  (memory $m (export "memory") 2)
  (memory $other 1)
  (global $heap (mut i32) (i32.const 65536))
  (global $i (mut i32) (i32.const 7))
  (global $l (mut i64) (i64.const -2))
  (global $f (mut f32) (f32.const -0.0))
  (global $d (mut f64) (f64.const 1.5))
  (global $fixed i32 (i32.const 3))
  (table 2 funcref)
  (elem (i32.const 0) func $handle)
  (data (memory $m) (i32.const 16) "what it begins with")
  (data (memory $other) (i32.const 40000) "and elsewhere")

  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $heap) (i32.const 131072)) (then (unreachable)))
    (local.get $at))

  (func $mix (param $digest i32) (param $word i32) (result i32)
    (i32.mul (i32.xor (local.get $digest) (local.get $word)) (i32.const 16777619)))

  (func $digest (result i32)
    (local $digest i32) (local $at i32)
    (local.set $digest (i32.const 0x811c9dc5))
    (loop $more
      (local.set $digest (call $mix (local.get $digest) (i32.load $m (local.get $at))))
      (local.set $digest (call $mix (local.get $digest) (i32.load $other (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 60000))))
    (local.set $digest (call $mix (local.get $digest) (memory.size $m)))
    (local.set $digest (call $mix (local.get $digest) (memory.size $other)))
    (local.set $digest (call $mix (local.get $digest) (global.get $i)))
    (local.set $digest (call $mix (local.get $digest) (i32.wrap_i64 (global.get $l))))
    (local.set $digest (call $mix (local.get $digest) (i32.reinterpret_f32 (global.get $f))))
    (call $mix (local.get $digest) (i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 (global.get $d)) (i64.const 32)))))

  (func $handle (export "sluice:event/handler@0.1.0#handle") (param $event i32) (result i32)
    (local $digest i32) (local $at i32) (local $end i32) (local $what i32) (local $one i32) (local $two i32) (local $three i32)
    (local.set $digest (call $digest))
    (local.set $at (i32.load offset=68 (local.get $event)))
    (local.set $end (i32.add (local.get $at) (i32.load offset=72 (local.get $event))))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $what (i32.load (local.get $at)))
      (local.set $one (i32.load offset=4 (local.get $at)))
      (local.set $two (i32.load offset=8 (local.get $at)))
      (local.set $three (i32.load offset=12 (local.get $at)))
      (if (i32.eq (local.get $what) (i32.const 0))
        (then (memory.fill $m (local.get $one) (local.get $two) (local.get $three))))
      (if (i32.eq (local.get $what) (i32.const 1))
        (then (memory.fill $other (local.get $one) (local.get $two) (local.get $three))))
      (if (i32.eq (local.get $what) (i32.const 2)) (then (drop (memory.grow $m (local.get $one)))))
      (if (i32.eq (local.get $what) (i32.const 3)) (then (drop (memory.grow $other (local.get $one)))))
      (if (i32.eq (local.get $what) (i32.const 4)) (then
        (global.set $i (local.get $one))
        (global.set $l (i64.extend_i32_s (local.get $one)))
        (global.set $f (f32.reinterpret_i32 (local.get $one)))
        (global.set $d (f64.reinterpret_i64 (i64.shl (i64.extend_i32_u (local.get $one)) (i64.const 32))))))
      (if (i32.eq (local.get $what) (i32.const 5)) (then (unreachable)))
      (if (i32.eq (local.get $what) (i32.const 6)) (then
        (call $log (i32.const 2) (local.get $at) (i32.const 0) (i32.const 16) (i32.const 19))))
      (if (i32.eq (local.get $what) (i32.const 7)) (then (drop (call $stdout))))
      (if (i32.eq (local.get $what) (i32.const 8)) (then (return (call $nothing))))
      (if (i32.eq (local.get $what) (i32.const 9)) (then (return (i32.const 0xfffffff0))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
    (call $say (local.get $digest)))

  (func $nothing (result i32)
    (memory.fill (i32.const 61000) (i32.const 0) (i32.const 24))
    (i32.const 61000))

  ;; A message `out` whose data is the digest.
  (func $say (param $digest i32) (result i32)
    (memory.fill (i32.const 61000) (i32.const 0) (i32.const 128))
    (i32.store (i32.const 61004) (i32.const 61024))
    (i32.store (i32.const 61008) (i32.const 1))
    (i32.store (i32.const 61024) (i32.const 61100))
    (i32.store (i32.const 61028) (i32.const 3))
    (i32.store (i32.const 61064) (i32.const 61104))
    (i32.store (i32.const 61068) (i32.const 4))
    (i32.store (i32.const 61100) (i32.const 0x0074756f))
    (i32.store (i32.const 61104) (local.get $digest))
    (i32.const 61000))

  (func (export "cabi_post_sluice:event/handler@0.1.0#handle") (param $answer i32)))
