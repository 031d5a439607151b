(* SPDX-License-Identifier: BSD-3-Clause *)
let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)
let () =
  Printf.printf "%d\n" (fib 22);
  let h = Hashtbl.create 16 in
  for i = 0 to 50000 do Hashtbl.replace h (i mod 997) (string_of_int i) done;
  Printf.printf "%d %s\n" (Hashtbl.length h) (Hashtbl.find h 5);
  (try ignore (List.find (fun x -> x > 5) [1; 2]) with Not_found -> print_endline "not found");
  let rec build n acc = if n = 0 then acc else build (n - 1) (n :: acc) in
  Printf.printf "%d\n" (List.fold_left (+) 0 (build 200000 []))
