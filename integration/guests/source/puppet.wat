;; A guest that does to its host whatever an event asks of it. An attempt other than 2 is answered with what the event holds; the data of
;; attempt 2 is a script:
;;
;;     0  u32  bits: 1 traps, 2 grows memory, 4 traps in post-return, 8 grows memory there, 16 the answer's address is absolute
;;     4  u32  number of relocations
;;     8  u32  the answer: offset from the beginning of the data
;;    12       relocations, u32 each: offsets of addresses to which that of the data is to be added
;;    ...      the answer, and what it refers to
;;
;; And `cabi_realloc` goes by the size that is asked for: 211 traps, 223 grows memory, 227 returns an address outside of it, and 112 (seven
;; headers) one that is not aligned.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (global $after (mut i32) (i32.const 0))

  (func $grow (drop (memory.grow (i32.const 1))))

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
    (if (i32.eq (local.get $size) (i32.const 223)) (then (call $grow)))
    (if (i32.eq (local.get $size) (i32.const 227)) (then (return (i32.const 0xffffffff))))
    (if (i32.and (i32.eq (local.get $size) (i32.const 112)) (i32.eq (local.get $align) (i32.const 4)))
      (then (return (i32.add (call $room (i32.const 128)) (i32.const 2)))))
    (call $room (local.get $size)))

  ;; A message with everything that the event has, and one that is the record itself.
  (func $reflect (param $event i32) (result i32)
    (local $answer i32)
    (local $row i32)
    (local.set $answer (call $room (i32.const 24)))
    (local.set $row (call $room (i32.const 96)))
    (i64.store (local.get $answer) (i64.const 0))
    (i32.store offset=4 (local.get $answer) (local.get $row))
    (i32.store offset=8 (local.get $answer) (i32.const 2))
    (memory.copy (local.get $row) (local.get $event) (i32.const 8))
    (memory.copy (i32.add (local.get $row) (i32.const 8)) (i32.add (local.get $event) (i32.const 32)) (i32.const 24))
    (memory.copy (i32.add (local.get $row) (i32.const 32)) (i32.add (local.get $event) (i32.const 60)) (i32.const 16))
    (local.set $row (i32.add (local.get $row) (i32.const 48)))
    (memory.copy (local.get $row) (i32.add (local.get $event) (i32.const 8)) (i32.const 8))
    (i32.store offset=8 (local.get $row) (i32.const 0))
    (i32.store offset=20 (local.get $row) (i32.const 1))
    (memory.copy (i32.add (local.get $row) (i32.const 24)) (i32.add (local.get $event) (i32.const 16)) (i32.const 8))
    (memory.copy (i32.add (local.get $row) (i32.const 32)) (i32.add (local.get $event) (i32.const 60)) (i32.const 8))
    (i32.store offset=40 (local.get $row) (local.get $event))
    (i32.store offset=44 (local.get $row) (i32.const 80))
    (local.get $answer))

  (func $follow (param $data i32) (result i32)
    (local $bits i32)
    (local $n i32)
    (local $at i32)
    (local.set $bits (i32.load (local.get $data)))
    (if (i32.and (local.get $bits) (i32.const 1)) (then (unreachable)))
    (if (i32.and (local.get $bits) (i32.const 2)) (then (call $grow)))
    (global.set $after (i32.and (local.get $bits) (i32.const 12)))
    (local.set $n (i32.load offset=4 (local.get $data)))
    (block $done
      (loop $relocate
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $at
          (i32.add
            (local.get $data)
            (i32.load offset=12 (i32.add (local.get $data) (i32.shl (local.get $n) (i32.const 2))))))
        (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $data)))
        (br $relocate)))
    (local.set $at (i32.load offset=8 (local.get $data)))
    (if (i32.and (local.get $bits) (i32.const 16)) (then (return (local.get $at))))
    (i32.add (local.get $data) (local.get $at)))

  (func $handle (export "sluice:event/handler@0.1.0#handle") (param $event i32) (result i32)
    (if (i32.eq (i32.load offset=56 (local.get $event)) (i32.const 2))
      (then (return (call $follow (i32.load offset=68 (local.get $event))))))
    (call $reflect (local.get $event)))

  ;; The answers side by side, and where they are.
  (func (export "sluice:event/batch-handler@0.1.0#handle-batch") (param $events i32) (param $count i32) (result i32)
    (local $list i32)
    (local $answers i32)
    (local $n i32)
    (local.set $list (call $room (i32.const 8)))
    (local.set $answers (call $room (i32.mul (local.get $count) (i32.const 24))))
    (i32.store (local.get $list) (local.get $answers))
    (i32.store offset=4 (local.get $list) (local.get $count))
    (block $done
      (loop $each
        (br_if $done (i32.eq (local.get $n) (local.get $count)))
        (memory.copy
          (i32.add (local.get $answers) (i32.mul (local.get $n) (i32.const 24)))
          (call $handle (i32.add (local.get $events) (i32.mul (local.get $n) (i32.const 80))))
          (i32.const 24))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $each)))
    (local.get $list))

  (func $free (param $answer i32)
    (if (i32.and (global.get $after) (i32.const 4)) (then (unreachable)))
    (if (i32.and (global.get $after) (i32.const 8)) (then (call $grow)))
    (global.set $after (i32.const 0))
    (global.set $next (i32.const 1024)))
  (export "cabi_post_sluice:event/handler@0.1.0#handle" (func $free))
  (export "cabi_post_sluice:event/batch-handler@0.1.0#handle-batch" (func $free)))
