;; Never returns.
(func $hostile (param $event i32) (result i32)
  (loop $on (br $on))
  unreachable)
