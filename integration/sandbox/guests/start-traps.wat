;; Traps before its first event, in its start function.
(start $begin)
(func $begin unreachable)
(func $hostile (param $event i32) (result i32) (call $nothing))
