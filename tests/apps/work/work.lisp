; SPDX-License-Identifier: BSD-3-Clause
(defun fib (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(format t "~a ~a~%" (fib 20) (expt 3 100))
(let ((h (make-hash-table :test #'equal)))
  (dotimes (i 50000) (push i (gethash (format nil "k~a" (mod i 101)) h)))
  (format t "~a ~a~%" (hash-table-count h) (reduce #'+ (gethash "k7" h))))
(handler-case (error "caught") (error (e) (format t "~a~%" e)))
(dotimes (i 20) (make-array 500000))
(format t "~a~%" (car (sort (loop for i below 1000 collect (mod (* i 7919) 1009)) #'<)))
