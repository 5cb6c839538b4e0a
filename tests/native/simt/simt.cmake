# The CUDA kernels' device code compiled as plain C++ and run on the processor (simt.h), in every build, with the tests
# of ../cuda.cmake.
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64|aarch64|arm64)$")
  message(STATUS "reasonrft: device code is not executed, simt/fiber.cpp has no switch for ${CMAKE_SYSTEM_PROCESSOR}")
  return()
endif()
if(RRFT_SANITIZE_CHOICE STREQUAL "THREAD")
  message(STATUS "reasonrft: device code is not executed, ThreadSanitizer does not follow its fibers")
  return()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/../../../cuda-kernels/sources.cmake")
set_source_files_properties(${RRFT_CUDA_SOURCES} PROPERTIES LANGUAGE CXX)
add_library(rrft_simt OBJECT
  ${RRFT_COMMON_SOURCES} ${RRFT_CUDA_SOURCES} simt/fiber.cpp simt/grid.cpp simt/simt.cpp)
set_target_properties(rrft_simt PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(rrft_simt PUBLIC
  simt simt/include ../../cuda-kernels/include ../../native/include ../../native/src)
target_compile_definitions(rrft_simt PUBLIC RRFT_SIMT)
rrft_configure_target(rrft_simt)
target_compile_options(rrft_simt PRIVATE -O2)  # in debug builds too: the sweeps over rows take minutes without

# The whole backend as a library in place of libreasonrft_cuda, for tests of what calls it: reasonrft.cuda.library in Java.
add_library(reasonrft_cuda_simt SHARED)
target_link_libraries(reasonrft_cuda_simt PRIVATE rrft_simt)
rrft_configure_library(reasonrft_cuda_simt)
set_target_properties(reasonrft_cuda_simt PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")

add_executable(simt_test simt/simt_test.cpp)
target_link_libraries(simt_test PRIVATE rrft_simt)
rrft_configure_test(simt_test)
add_test(NAME simt_test COMMAND simt_test)

rrft_add_cuda_executable(cuda_test_simt cuda_test.cpp rrft_simt)
rrft_add_cuda_paths(cuda_test_simt)
foreach(machine IN ITEMS ampere ada)
  rrft_add_cuda_run(cuda_test_simt.${machine} cuda_test_simt "" ${machine})
endforeach()
rrft_add_cuda_run(cuda_test_simt.no_clusters cuda_test_simt cluster-2 ampere refused-rows)
foreach(name IN LISTS RRFT_CUDA_TESTS)
  rrft_add_cuda_executable(${name}_test_simt ${name}_test.cpp rrft_simt)
  rrft_add_cuda_run(${name}_test_simt ${name}_test_simt "")
endforeach()

# Both end the process: the first with AddressSanitizer's report of the access, the second at the page below the stack.
if(RRFT_SANITIZE_CHOICE STREQUAL "ON")
  add_test(NAME simt_test.overrun COMMAND simt_test overrun)
  set_tests_properties(simt_test.overrun PROPERTIES PASS_REGULAR_EXPRESSION "heap-buffer-overflow")
  add_test(NAME simt_test.stack COMMAND simt_test stack)
  set_tests_properties(simt_test.stack PROPERTIES PASS_REGULAR_EXPRESSION "SEGV|stack-overflow")
endif()
