;; SPDX-License-Identifier: BSD-3-Clause
(with-temp-buffer
  (dotimes (i 2000) (insert (format "line %d\n" (% (* i 7919) 2000))))
  (sort-numeric-fields 2 (point-min) (point-max))
  (goto-char (point-min))
  (message "%s" (buffer-substring (point) (line-end-position)))
  (message "%d %s" (how-many "9") (secure-hash 'sha256 (current-buffer))))
(message "%s" (let ((h (make-hash-table))) (dotimes (i 1000) (puthash (% i 37) i h)) (hash-table-count h)))
(garbage-collect)
(message "%S" (condition-case e (error "caught") (error (cadr e))))
(message "%S" (directory-files "/work"))
