;; A guest that calls its imports as an event asks it to. The event's data is a program of 32 bytes a step, and room for what the steps need
;; and give. A step:
;;
;;     0  u8   what to call: see $step; 255 ends the program
;;     1  u8   bits of the arguments that are offsets from the beginning of the data
;;     2  u8   1: the first argument is the handle that was given last
;;     4  u32  the arguments: five of them
;;    24  u64  one more
;;
;; It answers with a message of all its data. `cabi_realloc` goes by the size that is asked for: 211 traps, 223 grows memory, 227 returns an address
;; outside of it, 229 calls an import, and 231 returns an address that is not aligned where it can.
(module
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "wasi:config/store@0.2.0-draft" "get" (func $config-get (param i32 i32 i32)))
  (import "wasi:config/store@0.2.0-draft" "get-all" (func $config-all (param i32)))
  (import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write" (func $check-write (param i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $print (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $drop-stream (param i32)))
  (import "wasi:io/error@0.2.12" "[resource-drop]error" (func $drop-error (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
  (import "wasi:clocks/wall-clock@0.2.12" "now" (func $wall (param i32)))
  (import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))
  (import "wasi:random/random@0.2.12" "get-random-bytes" (func $random-bytes (param i64 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "open" (func $open (param i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[resource-drop]bucket" (func $drop-bucket (param i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.get" (func $get (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.set" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.exists" (func $exists (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/store@0.2.0-draft" "[method]bucket.delete" (func $delete (param i32 i32 i32 i32)))
  (import "wasi:keyvalue/atomics@0.2.0-draft" "increment" (func $increment (param i32 i32 i32 i64 i32)))

  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (global $handle (mut i32) (i32.const 0))

  ;; Room for so many bytes, aligned to 8.
  (func $room (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (loop $more
        (br_if $fits (i32.le_u (global.get $next) (i32.shl (memory.size) (i32.const 16))))
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
        (br $more)))
    (local.get $at))

  (func (export "cabi_realloc") (param $old i32) (param $oldSize i32) (param $align i32) (param $size i32) (result i32)
    (if (i32.eq (local.get $size) (i32.const 211)) (then (unreachable)))
    (if (i32.eq (local.get $size) (i32.const 223)) (then (drop (memory.grow (i32.const 1)))))
    (if (i32.eq (local.get $size) (i32.const 227)) (then (return (i32.const 0xffffffff))))
    (if (i32.eq (local.get $size) (i32.const 229)) (then (drop (call $stdout))))
    (if (i32.eq (local.get $size) (i32.const 231)) (then (return (i32.add (call $room (i32.const 256)) (i32.const 1)))))
    (call $room (local.get $size)))

  (func $argument (param $step i32) (param $data i32) (param $n i32) (result i32)
    (local $value i32)
    (local.set $value (i32.load offset=4 (i32.add (local.get $step) (i32.shl (local.get $n) (i32.const 2)))))
    (if (i32.and (i32.eqz (local.get $n)) (i32.load8_u offset=2 (local.get $step))) (then (return (global.get $handle))))
    (if (i32.and (i32.shr_u (i32.load8_u offset=1 (local.get $step)) (local.get $n)) (i32.const 1))
      (then (return (i32.add (local.get $data) (local.get $value)))))
    (local.get $value))

  ;; Does one step. False: that was the end.
  (func $step (param $at i32) (param $data i32) (result i32)
    (local $a i32)
    (local $b i32)
    (local $c i32)
    (local $d i32)
    (local $e i32)
    (local $wide i64)
    (local.set $a (call $argument (local.get $at) (local.get $data) (i32.const 0)))
    (local.set $b (call $argument (local.get $at) (local.get $data) (i32.const 1)))
    (local.set $c (call $argument (local.get $at) (local.get $data) (i32.const 2)))
    (local.set $d (call $argument (local.get $at) (local.get $data) (i32.const 3)))
    (local.set $e (call $argument (local.get $at) (local.get $data) (i32.const 4)))
    (local.set $wide (i64.load offset=24 (local.get $at)))
    (block $end
    (block $grow
    (block $increment
    (block $delete
    (block $exists
    (block $set
    (block $get
    (block $drop-bucket
    (block $open
    (block $random-bytes
    (block $random
    (block $wall
    (block $now
    (block $drop-stream
    (block $print
    (block $write
    (block $check-write
    (block $stdout
    (block $environment
    (block $config-all
    (block $config-get
    (block $log
      (br_table $log $config-get $config-all $environment $stdout $check-write $write $print $drop-stream $now $wall $random $random-bytes
        $open $drop-bucket $get $set $exists $delete $increment $grow $end
        (i32.load8_u (local.get $at))))
    (call $log (local.get $a) (local.get $b) (local.get $c) (local.get $d) (local.get $e)) (return (i32.const 1)))
    (call $config-get (local.get $a) (local.get $b) (local.get $c)) (return (i32.const 1)))
    (call $config-all (local.get $a)) (return (i32.const 1)))
    (call $environment (local.get $a)) (return (i32.const 1)))
    (global.set $handle (call $stdout)) (return (i32.const 1)))
    (call $check-write (local.get $a) (local.get $b)) (return (i32.const 1)))
    (call $write (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (return (i32.const 1)))
    (call $print (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (return (i32.const 1)))
    (call $drop-stream (local.get $a)) (return (i32.const 1)))
    (i64.store offset=24 (local.get $at) (call $now)) (return (i32.const 1)))
    (call $wall (local.get $a)) (return (i32.const 1)))
    (i64.store offset=24 (local.get $at) (call $random)) (return (i32.const 1)))
    (call $random-bytes (local.get $wide) (local.get $a)) (return (i32.const 1)))
    (call $open (local.get $a) (local.get $b) (local.get $c))
    (global.set $handle (i32.load offset=4 (local.get $c))) (return (i32.const 1)))
    (call $drop-bucket (local.get $a)) (return (i32.const 1)))
    (call $get (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (return (i32.const 1)))
    (call $set (local.get $a) (local.get $b) (local.get $c) (local.get $d) (local.get $e) (i32.wrap_i64 (local.get $wide)))
      (return (i32.const 1)))
    (call $exists (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (return (i32.const 1)))
    (call $delete (local.get $a) (local.get $b) (local.get $c) (local.get $d)) (return (i32.const 1)))
    (call $increment (local.get $a) (local.get $b) (local.get $c) (local.get $wide) (local.get $d)) (return (i32.const 1)))
    (drop (memory.grow (i32.const 1))) (return (i32.const 1)))
    (i32.const 0))

  (func (export "sluice:event/handler@0.1.0#handle") (param $event i32) (result i32)
    (local $data i32)
    (local $at i32)
    (local $answer i32)
    (local.set $data (i32.load offset=68 (local.get $event)))
    (local.set $at (local.get $data))
    (loop $next
      (if (call $step (local.get $at) (local.get $data))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br $next))))
    (local.set $answer (call $room (i32.const 72)))
    (memory.fill (local.get $answer) (i32.const 0) (i32.const 72))
    (i32.store offset=4 (local.get $answer) (i32.add (local.get $answer) (i32.const 24)))
    (i32.store offset=8 (local.get $answer) (i32.const 1))
    (i32.store offset=56 (local.get $answer) (i32.const 8))
    (i32.store offset=64 (local.get $answer) (local.get $data))
    (i32.store offset=68 (local.get $answer) (i32.load offset=72 (local.get $event)))
    (local.get $answer))

  (func (export "cabi_post_sluice:event/handler@0.1.0#handle") (param $answer i32)
    (global.set $next (i32.const 1024))))
