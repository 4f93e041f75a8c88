;; Calls itself without end.
(func $hostile (param $event i32) (result i32)
  (call $hostile (local.get $event)))
