# One run of glmnet for linear_peer.py, in a process of its own:
# Rscript linear_peer.R FOLDER ROWS COLUMNS THRESHOLD reads x and y as numbers alone, writes coef, intercept and alphas so, prints seconds and bytes.
suppressMessages(library(glmnet))
words <- commandArgs(trailingOnly = TRUE)
folder <- words[1]
sizes <- as.integer(words[2:3])

numbers <- function(name, count) readBin(file.path(folder, name), "double", count)
write <- function(values, name) writeBin(as.double(values), file.path(folder, name))
memory <- function(field) {
  line <- grep(field, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024
}

x <- matrix(numbers("x", prod(sizes)), sizes[1])
y <- numbers("y", sizes[1])
before <- memory("VmRSS")
writeLines("5", "/proc/self/clear_refs")
start <- proc.time()[["elapsed"]]
fit <- glmnet(x, y, nlambda = 100, lambda.min.ratio = 1e-3, standardize = FALSE, thresh = as.numeric(words[4]))
seconds <- proc.time()[["elapsed"]] - start
peak <- memory("VmHWM")
write(as.matrix(fit$beta), "coef")
write(fit$a0, "intercept")
write(fit$lambda, "alphas")
cat(seconds, before, peak, "\n")
