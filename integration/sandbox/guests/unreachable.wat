;; Traps.
(func $hostile (param $event i32) (result i32)
  unreachable)
