/*
 * membarrier(2): its commands, which are bits of what MEMBARRIER_QUERY returns.
 */
#pragma once

#define MEMBARRIER_QUERY                                0
#define MEMBARRIER_GLOBAL                               1
#define MEMBARRIER_GLOBAL_EXPEDITED                     2
#define MEMBARRIER_REGISTER_GLOBAL_EXPEDITED            4
#define MEMBARRIER_PRIVATE_EXPEDITED                    8
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED           16
#define MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE          32
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE 64
#define MEMBARRIER_GET_REGISTRATIONS                    512
